"""Carries out what a USSD request decided, in at most one transaction, each thing once."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from types import TracebackType

from sqlalchemy.orm import Session as Transaction

from flows.committees.digest import day
from flows.conversation.effects import (
    TOO_MANY,
    ActOnItem,
    AllowMessages,
    CheckPin,
    ChoosePin,
    DropDraft,
    Effect,
    FileConcern,
    ForgetPerson,
    KeepDraft,
    LookUp,
    RememberLanguage,
    WantNews,
)
from flows.conversation.session import Session
from gateway.abuse.flood_limits import OVER_LIMIT
from gateway.committees.secretary import SecretaryActions
from gateway.committees.status import Facts, committee_facts, followed
from gateway.data_protection.subject_access import forget
from gateway.outbound.muting import start, stop
from gateway.outbound.state_wording import state_about
from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from gateway.ussd.caller import MUTED, NEWS, known_of_caller, setting_mark
from gateway.ussd.changed_menus import typed_since
from gateway.ussd.filing import already_filed, file_report
from storage.committees.agendas import AgendaPlacement
from storage.committees.committees import next_meeting_at
from storage.concerns.concerns import ANSWER, reports_of
from storage.concerns.unfinished_reports import Unsent, drop_draft, keep_draft, may_be_asked
from storage.messages.inbound_events import first_time
from storage.people.contacts import ensure_contact, find_contact, keep_for_draft
from storage.people.password_hashes import PinHashes
from storage.people.secretary_pins import PinAnswer, check_pin, choose_pin
from storage.safety.audit import write_line
from storage.safety.wrong_references import note_wrong
from storage.sessions.filed import LIFE, find_filed, goes_on, held_filed, new_run
from storage.sessions.in_database import Input, KeptSession, keep_session, locked_session
from storage.tables.committees import Committee
from storage.tables.concerns import Concern


class EffectRunner:
    """Carries out effects in at most one transaction, opened when it is first needed."""

    def __init__(self, deployment: Deployment, request: UssdRequest, hashes: PinHashes) -> None:
        self._d = deployment
        self._request = request
        self._hashes = hashes
        self._stack = ExitStack()
        self._open: Transaction | None = None
        self._writes = False
        self._newest_run = new_run()
        self.filed = False
        self.concern_id: int | None = None
        """The report that this request filed, if it did; it is committed when the runner has ended."""

    def __enter__(self) -> EffectRunner:
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
    def _run(self) -> str:
        """The name of this session among those under the same id and number."""
        if not self._request.typed_is_whole:
            return self._newest_run
        filed = find_filed(self._transaction(), self._d.vault, self._request.key)
        return filed.run if filed else ""

    @property
    def _marks(self) -> list[bytes]:
        return self._request.key.marks(self._d.vault, self._run)

    @property
    def longest(self) -> int:
        """Septets that a screen holds on this phone."""
        return self._request.longest

    def locked_session(self) -> KeptSession | None:
        transaction = self._transaction(writes=True)
        kept = locked_session(transaction, self._d.vault, self._request.key, self._d.now())
        if kept:
            self._newest_run = kept.run
        return kept

    def keep_session(self, session: Session, input: Input) -> None:
        transaction = self._transaction(writes=True)
        keep_session(transaction, self._d.vault, self._request.key, session, input, self._newest_run, self._d.now())

    def begin(self) -> None:
        """Another session under this id: what was filed before is no longer this session's."""
        self._newest_run = new_run()
        filed = find_filed(self._transaction(), self._d.vault, self._request.key)
        if filed and goes_on(filed, self._d.now()):
            held_filed(self._transaction(writes=True), self._d.vault, self._request.key, self._d.now()).is_over = True

    def dialled(self, typed: str) -> tuple[Facts, str]:
        """What is known of this number as it was when the session began, and what of `typed` is to be replayed.

        A replay must not meet the session's own traces, nor go through menus that it was not typed into.
        """
        is_whole = self._request.typed_is_whole
        marks = self._marks if is_whole else []
        known = known_of_caller(self._d, self._transaction(), self._request.msisdn, marks, bool(self._request.typed))
        if is_whole and known.changed_at and known.changed_at > self._d.now() - LIFE:
            typed = typed_since(self._d, self._transaction(writes=True), self._request, known.changed_at)
        return known.facts, typed

    def already_filed(self) -> Concern | None:
        return already_filed(self._d, self._transaction(), self._request)

    def carry_out(self, effect: Effect, session: Session) -> Facts | None:
        """What the screen is to be told of it, or None."""
        if isinstance(effect, LookUp):
            return {effect.what: _LOOK_UPS[effect.what](self, effect.about, session)}
        now = self._d.now()
        transaction = self._transaction(writes=True)
        match effect:
            case RememberLanguage(language):
                contact = ensure_contact(transaction, self._d.vault, self._request.msisdn, now, reachable=False)
                if contact.language is None:
                    contact.language_session_hash = self._marks[0]
                contact.language = language
            case AllowMessages(allowed):
                contact = ensure_contact(transaction, self._d.vault, self._request.msisdn, now, reachable=False)
                self._turn(transaction, MUTED, now)
                if allowed:
                    start(self._d, transaction, contact, "ussd")
                else:
                    return _keeps_role(stop(self._d, transaction, contact, "ussd"))
            case WantNews(wanted):
                self._turn(transaction, NEWS, now)
                # Consent to be written to is consent to keep the number for it.
                ensure_contact(
                    transaction, self._d.vault, self._request.msisdn, now, reachable=wanted
                ).wants_news = wanted
            case KeepDraft():
                if known := find_contact(transaction, self._d.vault, self._request.msisdn):
                    unsent = Unsent(session.screen, dict(session.answers))
                    keep_draft(transaction, self._d.vault, known, self._marks, unsent, now)
                    if may_be_asked(unsent):
                        keep_for_draft(self._d.vault, known, self._request.msisdn)
            case DropDraft():
                if known := find_contact(transaction, self._d.vault, self._request.msisdn):
                    drop_draft(transaction, known)
                    known.menu_changed_at = now  # it is offered no more
            case ForgetPerson():
                if known := find_contact(transaction, self._d.vault, self._request.msisdn):
                    return _keeps_role(forget(self._d, transaction, known, self._request.msisdn).keeps_role)
            case FileConcern():
                self.filed = True
                concern = file_report(self._d, transaction, self._request, effect, session.language, now)
                self.concern_id = concern.id
                return self.sent_facts(concern)
            case CheckPin(pin) | ChoosePin(pin):
                return self._pin(transaction, pin, isinstance(effect, ChoosePin), now)
            case ActOnItem():
                return self._act(transaction, effect, session, now)
        return None

    def _turn(self, transaction: Transaction, setting: str, now: datetime) -> None:
        first_time(transaction, self._d.vault, *setting_mark(self._marks[0], setting), now=now)

    def _pin(self, transaction: Transaction, pin: str, chosen: bool, now: datetime) -> Facts:
        contact = find_contact(transaction, self._d.vault, self._request.msisdn)
        if contact is None:
            return {"pin": PinAnswer.WRONG.value}
        answer = (choose_pin if chosen else check_pin)(transaction, contact, self._hashes, pin, now)
        write_line(transaction, now, f"secretary {contact.id}", f"pin_{answer.value}", channel="ussd")
        return {"pin": PinAnswer.RIGHT.value if answer is PinAnswer.CHOSEN else answer.value}

    def _act(self, transaction: Transaction, act: ActOnItem, session: Session, now: datetime) -> Facts:
        """Once in a session, however often its request comes; only behind the right PIN."""
        actions = self._secretary_actions(session)
        if actions is None or session.facts.get("pin") != PinAnswer.RIGHT:
            return {"done": ""}
        mark = ("act", *self._request.key.parts, self._run, act.act, act.reference)
        with transaction.begin_nested() as attempt:
            if not first_time(transaction, self._d.vault, *mark, now=now):
                return {"done": actions.item(act.reference) or ""}
            acted = actions.act(act.act, act.reference, act.about)
            if not acted.done:
                attempt.rollback()  # what was refused has not happened: a better answer may follow
        self.filed |= acted.done  # what follows, SMS to citizens, is the worker's
        return {"done": acted.said}

    def _secretary_actions(self, session: Session) -> SecretaryActions | None:
        transaction = self._transaction()
        contact = find_contact(transaction, self._d.vault, self._request.msisdn)
        if contact is None:
            return None
        return SecretaryActions(self._d, transaction, contact, self._d.pack.language(session.language), "ussd")

    def _agenda(self, _: str, session: Session) -> list[tuple[str, str, int, bool]]:
        actions = self._secretary_actions(session) if session.facts.get("pin") == PinAnswer.RIGHT else None
        return actions.shown_agenda() if actions else []

    def _item(self, reference: str, session: Session) -> str | None:
        actions = self._secretary_actions(session) if session.facts.get("pin") == PinAnswer.RIGHT else None
        return actions.item(reference) if actions else None

    def sent_facts(self, concern: Concern) -> Facts:
        if OVER_LIMIT in concern.reasons:
            return {"limit": self._d.pack.reports_per_day}
        return {"reference": concern.reference, "meeting": self._meeting_for(concern)}

    def _meeting_for(self, concern: Concern) -> str:
        transaction, pack, now = self._transaction(), self._d.pack, self._d.now()
        code = AgendaPlacement(transaction, pack, now).committee(concern.commune or "", concern.category or "other")
        return self._day(next_meeting_at(transaction, pack, transaction.get_one(Committee, code), now))

    def _day(self, moment: datetime) -> str:
        return day(moment.astimezone(self._d.pack.time_zone).date())

    def _reports(self, _: str, __: Session) -> list[tuple[str, str, str]]:
        transaction = self._transaction()
        contact = find_contact(transaction, self._d.vault, self._request.msisdn)
        reports = reports_of(transaction, contact.id) if contact else []
        return [(self._day(report.received_at), *self._state(transaction, report)[1:]) for report in reports]

    def _state(self, transaction: Transaction, concern: Concern) -> tuple[str, str, str]:
        return concern.reference, concern.state.value, state_about(self._d, transaction, concern)

    def _report(self, typed: str, _: Session) -> tuple[str, str, str, str] | str | None:
        """Reference, state, what it is about and the answer; None for a wrong reference, `TOO_MANY` after some."""
        transaction = self._transaction()
        contact = find_contact(transaction, self._d.vault, self._request.msisdn)
        concern = followed(self._d, transaction, typed, contact, self._request.msisdn)
        if concern is None:
            transaction = self._transaction(writes=True)
            return (
                TOO_MANY if note_wrong(transaction, self._d.vault, self._request.msisdn, typed, self._d.now()) else None
            )
        answer = self._d.vault.readable(ANSWER, concern.answer_sealed)
        return *self._state(transaction, concern), answer

    def _committee(self, commune: str, _: Session) -> Facts | None:
        return committee_facts(self._d, self._transaction(), commune)


def _keeps_role(keeps: bool) -> Facts | None:
    return {"keeps_role": True} if keeps else None


_LOOK_UPS = {
    "reports": EffectRunner._reports,
    "report": EffectRunner._report,
    "committee": EffectRunner._committee,
    "agenda": EffectRunner._agenda,
    "item": EffectRunner._item,
}
