"""Carries out the effects of a USSD request, in at most one write transaction, each effect once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from flows.committees.digest import day
from flows.conversation.effects import (
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
from flows.conversation.facts import PIN_IS_RIGHT, Facts
from flows.conversation.session import Session
from gateway.data_protection.subject_access import forget
from gateway.outbound.muting import start, stop
from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from gateway.ussd.caller import MUTED, NEWS, known_of_caller, setting_mark
from gateway.ussd.changed_menus import typed_since
from gateway.ussd.filing import FiledReport, already_filed, file_report
from gateway.ussd.look_ups import LookUps
from gateway.ussd.transactions import RequestTransactions
from storage.concerns.unfinished_reports import Unsent, drop_draft
from storage.messages.inbound_events import first_time
from storage.people.contacts import ensure_contact
from storage.people.password_hashes import PinHashes
from storage.people.secretary_pins import PinAnswer, check_pin, choose_pin
from storage.safety.audit import write_line
from storage.sessions.filed import LIFE, end_filed, new_run
from storage.sessions.in_database import Input, KeptSession, keep_session, locked_session
from storage.sessions.in_redis import Marks
from storage.sessions.progress import Progress, keep_progress, note_erased


@dataclass
class EffectRunner:
    """Carries out the effects of one request.

    `progress` is stored with the session after the answer. `run` names the session among those with the same id and
    number; None until it is known. `waiting` is the last session's progress, if it is not in the database yet.
    """

    deployment: Deployment
    request: UssdRequest
    transactions: RequestTransactions
    marks: Marks
    hashes: PinHashes
    run: str | None = None
    progress: Progress | None = None
    waiting: Progress | None = None
    filed: bool = False
    concern_id: int | None = None  # the report that this request filed; committed when the transactions have ended
    is_urgent: bool = False  # whether this report is an emergency
    is_repeated: bool = False  # whether the network sent a request again that was answered before
    _taken: bytes | None = None

    @property
    def look_ups(self) -> LookUps:
        """The database look-ups of this request."""
        return LookUps(self.deployment, self.request, self.transactions)

    def locked_session(self) -> KeptSession | None:
        """Returns the session if the provider sends only the newest input, locked until the transaction ends."""
        transaction = self.transactions.writing()
        kept = locked_session(transaction, self.deployment.vault, self.request.key, self.deployment.now())
        self.run = kept.run if kept else new_run()
        return kept

    def keep_session(self, session: Session, input: Input) -> None:
        """Stores a session, with its progress, if the provider sends only the newest input."""
        transaction, vault, now = self.transactions.writing(), self.deployment.vault, self.deployment.now()
        if self.progress:
            keep_progress(transaction, vault, self.progress)
        keep_session(transaction, vault, self.request.key, session, input, self.current_run(), now)

    def begin(self) -> None:
        """Begins a new session with this id: a report that an earlier session filed does not belong to it."""
        filed = self.transactions.first_look().filed
        if filed and filed.goes_on(self.deployment.now()):
            end_filed(self.transactions.writing(), filed)
        self.run = (filed.run if filed else "") if self.request.typed_is_whole else new_run()

    def current_run(self) -> str:
        """Returns the name of this session among those with the same id and number."""
        if self.run is None:
            filed = self.transactions.first_look().filed
            self.run = filed.run if filed else ""
        return self.run

    def dialled(self, typed: str) -> tuple[Facts, str]:
        """Returns what was known of this number when the session began, without the session's own changes, and the part
        of `typed` to replay: only what was typed into the present menus."""
        is_whole, now = self.request.typed_is_whole, self.deployment.now()
        marks = self._marks() if is_whole else []
        replays = bool(self.request.typed)
        known = known_of_caller(self.deployment, self.transactions, marks, replays, self.waiting)
        if is_whole and known.changed_at and known.changed_at > now - LIFE:
            typed = typed_since(self.deployment, self.transactions.writing(), self.request, known.changed_at)
        return known.facts, typed

    def already_filed(self) -> FiledReport | None:
        """Returns the report that this session has filed, if it has."""
        concern = already_filed(self.deployment, self.transactions.reading(), self.request)
        return FiledReport.of(concern) if concern else None

    def carry_out(self, effect: Effect, session: Session) -> Facts | None:
        """Carries out one effect; returns the session's facts after it, or None if they are unchanged."""
        match effect:
            case LookUp(what, about):
                return self.look_ups.answer(what, about, session)
            case RememberLanguage() if not session.facts.language:
                self._come_to(session, None)
            case KeepDraft():
                self._come_to(session, Unsent(session.screen, dict(session.answers)))
            case FileConcern():
                return self._file(effect, session)
            case _:
                return self._write(effect, session)
        return None

    def _come_to(self, session: Session, unsent: Unsent | None) -> None:
        now = self.deployment.now()
        self.progress = Progress(self.request.key, self.current_run(), session.language, unsent, now)

    def _file(self, report: FileConcern, session: Session) -> Facts:
        self._take_progress()
        now = self.deployment.now()
        seems_new = not session.facts.asked and session.facts.usual is None
        filed = file_report(self.deployment, self.transactions, self.request, report, session.language, now, seems_new)
        self.filed, self.concern_id, self.is_urgent = True, filed.concern_id, report.danger
        return self.sent_facts(filed, session)

    def _take_progress(self) -> None:
        """Drops the progress: nothing of the unfinished report is stored any more."""
        self.progress = None
        if self.request.typed_is_whole:
            self._taken = self.deployment.sessions.progress.take(self.marks.number)

    def put_back(self) -> None:
        """Puts back the progress that a failed request had taken."""
        if self._taken:
            self.deployment.sessions.progress.put_back(self.marks.number, self._taken)

    def sent_facts(self, filed: FiledReport, session: Session) -> Facts:
        """Returns the facts about a report for the last screen."""
        pack, now = self.deployment.pack, self.deployment.now()
        if filed.is_over_limit:
            return replace(session.facts, limit=pack.reports_per_day)
        meeting = self.deployment.registry.next_meeting_at(
            self.transactions.reading, pack, (filed.commune, filed.category), now, filed.registry_version
        )
        day_of_meeting = day(meeting.astimezone(pack.time_zone).date())
        return replace(session.facts, reference=filed.reference, meeting=day_of_meeting)

    def _write(self, effect: Effect, session: Session) -> Facts | None:
        """Carries out the other effects, which are written at once."""
        now = self.deployment.now()
        match effect:
            case CheckPin(pin) | ChoosePin(pin):
                return replace(session.facts, pin=self._pin(pin, isinstance(effect, ChoosePin), now))
            case ActOnItem():
                return replace(session.facts, done=self._act(effect, session, now))
            case DropDraft():
                self._come_to(session, None)
                self._drop_draft(now)
                return None
            case ForgetPerson():
                return Facts(keeps_role=self._forget(now))
        return replace(session.facts, keeps_role=self._set(effect, now))

    def _drop_draft(self, now: datetime) -> None:
        transaction = self.transactions.writing()
        if contact := self.transactions.contact():
            drop_draft(transaction, contact)
            contact.menu_changed_at = now  # the draft is no longer offered

    def _forget(self, now: datetime) -> bool:
        """Erases the person; returns whether a role keeps the number."""
        self._take_progress()
        transaction, number = self.transactions.writing(), self.request.msisdn
        if contact := self.transactions.contact():
            return forget(self.deployment, transaction, contact, number).keeps_role
        note_erased(transaction, self.deployment.vault, number, now)
        return False

    def _set(self, effect: Effect, now: datetime) -> bool:
        """Changes a setting of this number; returns whether alerts still come because of a role.

        Consent to receive messages includes consent to store the number for them.
        """
        transaction = self.transactions.writing()
        reachable = isinstance(effect, WantNews) and effect.wanted
        contact = ensure_contact(transaction, self.deployment.vault, self.request.msisdn, now, reachable)
        match effect:
            case RememberLanguage(language):
                contact.language = language
            case AllowMessages(allowed):
                self._turn(transaction, MUTED, now)
                if not allowed:
                    return stop(self.deployment, transaction, contact, "ussd")
                start(self.deployment, transaction, contact, "ussd")
            case WantNews(wanted):
                self._turn(transaction, NEWS, now)
                contact.wants_news = wanted
        return False

    def _turn(self, transaction: Transaction, setting: str, now: datetime) -> None:
        first_time(transaction, self.deployment.vault, *setting_mark(self._marks()[0], setting), now=now)

    def _pin(self, pin: str, chosen: bool, now: datetime) -> str:
        transaction = self.transactions.writing()
        contact = self.transactions.contact()
        if contact is None:
            return PinAnswer.WRONG.value
        answer = (choose_pin if chosen else check_pin)(transaction, contact, self.hashes, pin, now)
        write_line(transaction, now, f"secretary {contact.id}", f"pin_{answer.value}", channel="ussd")
        return PIN_IS_RIGHT if answer is PinAnswer.CHOSEN else answer.value

    def _act(self, act: ActOnItem, session: Session, now: datetime) -> str:
        """Does an act once in a session, only after the right PIN; returns the answer to the secretary."""
        transaction = self.transactions.writing()
        actions = self.look_ups.secretary_actions(session)
        if actions is None or session.facts.pin != PIN_IS_RIGHT:
            return ""
        mark = ("act", *self.request.key.parts, self.current_run(), act.act, act.reference)
        with transaction.begin_nested() as attempt:
            if not first_time(transaction, self.deployment.vault, *mark, now=now):
                return actions.item(act.reference) or ""
            acted = actions.act(act.act, act.reference, act.about)
            if not acted.done:
                attempt.rollback()  # a refused act is not recorded: it may be tried again
        self.filed |= acted.done  # the worker sends the SMS to citizens
        return acted.said

    def _marks(self) -> list[bytes]:
        return self.request.key.marks(self.deployment.vault, self.current_run())
