"""Database look-ups for a screen: this number's reports, one report, a committee, a secretary's agenda."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session as Transaction

from flows.committees.digest import day
from flows.conversation.effects import TOO_MANY
from flows.conversation.facts import CommitteeFacts, Facts
from flows.conversation.session import Session
from gateway.committees.secretary import SecretaryActions
from gateway.committees.status import committee_facts, followed
from gateway.outbound.state_wording import state_about
from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from gateway.ussd.transactions import RequestTransactions
from storage.concerns.concerns import ANSWER, reports_of
from storage.people.secretary_pins import PinAnswer
from storage.safety.wrong_references import note_wrong
from storage.tables.concerns import Concern


class LookUps:
    """Answers the look-ups of one request."""

    def __init__(self, deployment: Deployment, request: UssdRequest, transactions: RequestTransactions) -> None:
        self._d, self._request, self._transactions = deployment, request, transactions

    def answer(self, what: str, about: str, session: Session) -> Facts:
        """Returns the session's facts with the answer to `what` (see `flows.conversation.effects.LookUp`)."""
        answer: Any = _LOOK_UPS[what](self, about, session)
        return replace(session.facts, **{what: answer})

    def secretary_actions(self, session: Session) -> SecretaryActions | None:
        """Returns what the caller may do as a secretary; None if the number is unknown."""
        contact = self._transactions.contact()
        if contact is None:
            return None
        language = self._d.pack.language(session.language)
        return SecretaryActions(self._d, self._transactions.reading(), contact, language, "ussd")

    def _agenda(self, _: str, session: Session) -> tuple[tuple[str, str, int, bool], ...]:
        actions = self.secretary_actions(session) if session.facts.pin == PinAnswer.RIGHT else None
        return tuple(actions.shown_agenda()) if actions else ()

    def _item(self, reference: str, session: Session) -> str | None:
        """Describes one item. It opens a write transaction, because it records that a secretary saw the item."""
        if session.facts.pin != PinAnswer.RIGHT:
            return None
        self._transactions.writing()
        actions = self.secretary_actions(session)
        return actions.item(reference) if actions else None

    def _reports(self, _: str, __: Session) -> tuple[tuple[str, str, str], ...]:
        transaction, contact = self._transactions.reading(), self._transactions.contact()
        reports = reports_of(transaction, contact.id) if contact else []
        return tuple((self._day(report.received_at), *self._state(transaction, report)[1:]) for report in reports)

    def _state(self, transaction: Transaction, concern: Concern) -> tuple[str, str, str]:
        return concern.reference, concern.state.value, state_about(self._d, transaction, concern)

    def _report(self, typed: str, _: Session) -> tuple[str, str, str, str] | str | None:
        """Reference, state, its detail and the answer; None for a wrong reference, `TOO_MANY` after too many."""
        transaction = self._transactions.reading()
        concern = followed(self._d, transaction, typed, self._transactions.contact(), self._request.msisdn)
        if concern is None:
            transaction = self._transactions.writing()
            is_one_too_many = note_wrong(transaction, self._d.vault, self._request.msisdn, typed, self._d.now())
            return TOO_MANY if is_one_too_many else None
        answer = self._d.vault.readable(ANSWER, concern.answer_sealed)
        return *self._state(transaction, concern), answer

    def _committee(self, commune: str, _: Session) -> CommitteeFacts | None:
        return committee_facts(self._d, self._transactions.reading(), commune)

    def _day(self, moment: datetime) -> str:
        return day(moment.astimezone(self._d.pack.time_zone).date())


_LOOK_UPS = {
    "reports": LookUps._reports,
    "report": LookUps._report,
    "committee": LookUps._committee,
    "agenda": LookUps._agenda,
    "item": LookUps._item,
}
