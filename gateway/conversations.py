"""Answers USSD hops: the pure machine decides, this carries out what it decided, once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any

from sqlalchemy.orm import Session as Transaction

from flows.digest import day
from flows.effects import AllowMessages, Effect, FileConcern, ForgetPerson, LookUp, RememberLanguage
from flows.machine import Session
from flows.references import read_reference
from flows.screen import Screen
from gateway.deployment import Deployment
from gateway.providers.base import UssdHop
from storage.agendas import Placing
from storage.concerns import (
    ANSWER,
    NewConcern,
    by_reference,
    by_source,
    count_month,
    file_concern,
    reports_of,
)
from storage.contacts import count_report, ensure_contact, find_contact, forget_contact
from storage.messages import mute_contact
from storage.models import AgendaItem, Committee, Concern, ConcernState, Contact, Meeting
from storage.sessions import heard, new_input

OVER_LIMIT = "over_limit"
Facts = Mapping[str, Any]


def answer_hop(deployment: Deployment, hop: UssdHop) -> Screen:
    """The screen for one hop. What it files is committed before the screen is returned.

    A repeated hop gets the same screen; one whose session is gone is answered by replaying what was typed.
    """
    kept = deployment.sessions.load(hop.provider, hop.session_id)
    with _Desk(deployment, hop) as desk:
        session, screen = _advance(deployment, desk, hop, kept)
    deployment.sessions.keep(hop.provider, hop.session_id, heard(session, hop.typed))
    if desk.filed:
        deployment.nudge()
    return screen


def _advance(deployment: Deployment, desk: _Desk, hop: UssdHop, kept: Session | None) -> tuple[Session, Screen]:
    if kept is None:
        return _replay(deployment, desk, hop.typed)
    typed = new_input(kept, hop.typed) if hop.typed_is_whole else hop.typed
    if typed is None or ("*" in typed and not deployment.machine.takes_words(kept)):
        return _replay(deployment, desk, hop.typed)
    if typed == "":
        session, screen, _ = deployment.machine.inform(kept, {})
        return session, screen
    return _step(deployment, desk, kept, typed)


def _step(deployment: Deployment, desk: _Desk, session: Session, typed: str) -> tuple[Session, Screen]:
    session, screen, effects = deployment.machine.advance(session, typed)
    for effect in effects:
        if facts := desk.carry_out(effect, session):
            session, screen, _ = deployment.machine.inform(session, facts)
    return session, screen


def _replay(deployment: Deployment, desk: _Desk, typed: str) -> tuple[Session, Screen]:
    """The talk from its beginning. What is typed as words may hold the `*` that separates inputs: a piece that
    the next screen has no use for belongs to the words before it."""
    machine = deployment.machine
    if filed := desk.already_filed():
        session, screen, _ = machine.inform(Session("sent", filed.spoken), desk.sent_facts(filed))
        return session, screen
    session, screen, _ = machine.dial(desk.dialled())
    before: tuple[Session, str] | None = None
    for piece in typed.split("*") if typed else []:
        after, shown = _step(deployment, desk, session, piece)
        if before and after.notice and before[0].screen == "words":
            joined = f"{before[1]}*{piece}"
            after, shown = _step(deployment, desk, before[0], joined)
            before = (before[0], joined)
        else:
            before = (session, piece)
        session, screen = after, shown
    return session, screen


class _Desk:
    """Carries out effects in at most one transaction, opened when it is first needed."""

    def __init__(self, deployment: Deployment, hop: UssdHop) -> None:
        self._d = deployment
        self._hop = hop
        self._stack = ExitStack()
        self._open: Transaction | None = None
        self._writes = False
        self.filed = False

    def __enter__(self) -> _Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, at)

    def _transaction(self, writes: bool = False) -> Transaction:
        if self._open is not None and writes and not self._writes:
            self._stack.close()
            self._open = None
        if self._open is None:
            begin = self._d.database.write if writes else self._d.database.read
            self._open = self._stack.enter_context(begin())
            self._writes = writes
        return self._open

    @property
    def _source(self) -> tuple[str, ...]:
        """One session files one report, however often its last hop comes."""
        return (self._hop.provider, "ussd", self._hop.session_id)

    def dialled(self) -> Facts:
        """What is known of this number as it was when the session began."""
        contact = find_contact(self._transaction(), self._d.vault, self._hop.msisdn)
        if contact is None:
            return {}
        this_session = self._d.vault.hashes("ussd session id", self._hop.session_id)
        chosen_now = contact.language_session_hash in this_session
        facts = {
            "language": None if chosen_now else contact.language,
            "usual": contact.usual_place,
            "asked": contact.asked_answerable,
        }
        return {name: value for name, value in facts.items() if value}

    def already_filed(self) -> Concern | None:
        return by_source(self._transaction(), self._d.vault, self._source)

    def carry_out(self, effect: Effect, session: Session) -> Facts | None:
        """What the screen is to be told of it, or None."""
        if isinstance(effect, LookUp):
            return {effect.what: _LOOK_UPS[effect.what](self, effect.about)}
        now = self._d.now()
        open_ = self._transaction(writes=True)
        match effect:
            case RememberLanguage(language):
                contact = ensure_contact(open_, self._d.vault, self._hop.msisdn, now, reachable=False)
                if contact.language is None:
                    contact.language_session_hash = self._d.vault.hash("ussd session id", self._hop.session_id)
                contact.language = language
            case AllowMessages(allowed):
                contact = ensure_contact(open_, self._d.vault, self._hop.msisdn, now, reachable=False)
                if allowed:
                    contact.muted_at = None
                else:
                    mute_contact(open_, contact, now)
            case ForgetPerson():
                if known := find_contact(open_, self._d.vault, self._hop.msisdn):
                    forget_contact(open_, known)
            case FileConcern():
                return self._file(open_, effect, session.language, now)
        return None

    def _file(self, open_: Transaction, told: FileConcern, spoken: str | None, now: datetime) -> Facts:
        contact = ensure_contact(open_, self._d.vault, self._hop.msisdn, now, reachable=told.answerable)
        new = NewConcern(
            source=self._source,
            channel="ussd",
            text=told.words,
            contact_id=contact.id if told.answerable else None,
            spoken=spoken,
            danger=told.danger,
            category=told.category,
            commune=told.commune,
            place=told.place,
        )
        concern, is_new = file_concern(open_, self._d.vault, new, now)
        self.filed = True
        if is_new:
            contact.asked_answerable = True
            if told.answerable:
                contact.usual_place = f"{told.commune}|{told.place or ''}"
            # Nothing is thrown away: what is over the limit waits for a person, off the agenda.
            if count_report(contact, now.date()) > self._d.pack.reports_per_day and not told.danger:
                concern.needs_review, concern.reasons = True, [OVER_LIMIT]
        return self.sent_facts(concern)

    def sent_facts(self, concern: Concern) -> Facts:
        if OVER_LIMIT in concern.reasons:
            return {"limit": self._d.pack.reports_per_day}
        return {"reference": concern.reference, "meeting": self._meeting_for(concern)}

    def _meeting_for(self, concern: Concern) -> str:
        placing = Placing(self._transaction(writes=True), self._d.pack, self._d.now())
        committee = placing.committee(concern.commune or "", concern.category or "other")
        return self._day(placing.meeting(committee).starts_at)

    def _day(self, moment: datetime) -> str:
        return day(moment.astimezone(self._d.pack.time_zone).date())

    def _reports(self, _: str) -> list[tuple[str, str, str]]:
        open_ = self._transaction()
        contact = find_contact(open_, self._d.vault, self._hop.msisdn)
        return [self._state(open_, one) for one in reports_of(open_, contact.id)] if contact else []

    def _state(self, open_: Transaction, concern: Concern) -> tuple[str, str, str]:
        return concern.reference, concern.state.value, item_meeting(self._d, open_, concern)

    def _report(self, typed: str) -> tuple[str, str, str, str] | None:
        open_ = self._transaction()
        contact = find_contact(open_, self._d.vault, self._hop.msisdn)
        concern = followed(open_, typed, contact)
        if concern is None:
            return None
        answer = self._d.vault.open(ANSWER, concern.answer_sealed) if concern.answer_sealed else ""
        return *self._state(open_, concern), answer

    def _committee(self, commune: str) -> Facts | None:
        return committee_facts(self._d, self._transaction(writes=True), commune)


_LOOK_UPS = {"reports": _Desk._reports, "report": _Desk._report, "committee": _Desk._committee}


def followed(open_: Transaction, typed: str, contact: Contact | None) -> Concern | None:
    """The concern of a reference, if it is this person's own or nobody's: no hint that another one exists."""
    reference = read_reference(typed)
    concern = by_reference(open_, reference) if reference else None
    if concern and concern.duplicate_of:
        concern = open_.get(Concern, concern.duplicate_of)
    if concern and (concern.contact_id is None or (contact and concern.contact_id == contact.id)):
        return concern
    return None


def item_meeting(deployment: Deployment, open_: Transaction, concern: Concern) -> str:
    """The day of the meeting whose agenda a concern stands on, as a phone shows it."""
    if concern.state is not ConcernState.ON_AGENDA or concern.item_id is None:
        return ""
    meeting = open_.get_one(Meeting, open_.get_one(AgendaItem, concern.item_id).meeting_id)
    return day(meeting.starts_at.astimezone(deployment.pack.time_zone).date())


def committee_facts(deployment: Deployment, open_: Transaction, commune: str) -> Facts | None:
    """Which committee hears a commune, when it meets and how many concerns it had this month."""
    pack, now = deployment.pack, deployment.now()
    if commune not in pack.committees:
        return None
    placing = Placing(open_, pack, now)
    code = placing.committee(commune)
    first = now.astimezone(pack.time_zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "own": code == commune,
        "commune": pack.areas[commune].name,
        "name": open_.get_one(Committee, code).name,
        "meeting": day(placing.meeting(code).starts_at.astimezone(pack.time_zone).date()),
        "month": count_month(open_, code, first),
    }
