"""Limits on outbound SMS: too many answers to one number, answers that cost too much, SMS to other countries.

They are counted in the database, so that losing Redis resets nothing. A message that is held back stays in the state
`held`, without its text, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.msisdn import may_be_written_to
from storage.connection import connection_of
from storage.enumerations import Answer, MessageState
from storage.people.contacts import msisdn_of
from storage.safety.vault import Vault, VaultError
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

HOUR = timedelta(hours=1)
MOST_EMPTY = 5
"""The most answers an hour to one number that say nothing new. An auto-responder would reply to each without end."""
TOO_MANY, TOO_DEAR, COUNTRY = "answers_an_hour", "cost_an_hour", "country"
CANNOT_BE_ANSWERED = "cannot_be_answered"
"""The reason for a review: no SMS may be sent to the report's sender."""
_ROWS = Message.__table__
_ANSWERS = (
    select(
        _ROWS.c.contact_id,
        func.count().filter(_ROWS.c.answer == Answer.NOTHING_NEW),
        func.coalesce(func.sum(_ROWS.c.price), 0),
    )
    .where(
        _ROWS.c.contact_id.in_(bindparam("contacts", expanding=True)),
        _ROWS.c.created_at > bindparam("since"),
        _ROWS.c.answer.is_not(None),
        _ROWS.c.state != MessageState.HELD,
    )
    .group_by(_ROWS.c.contact_id)
)


def why_held(
    transaction: Transaction,
    vault: Vault,
    pack: Pack,
    contact: Contact,
    answer: Answer | None,
    price: int,
    now: datetime,
) -> str | None:
    """Why an SMS to this person may not be sent now, or None.

    `price` is in the currency's smallest unit. Alerts, digests and notifications (`answer` None) have no cost limit.
    """
    if not may_be_answered(vault, pack, contact):
        return COUNTRY
    if answer is None:
        return None
    lately = answered_lately(transaction, [contact.id], now).get(contact.id, Answered())
    return lately.why_no_more(pack, answer, price)


@dataclass(slots=True)
class Answered:
    """The answers to one number within the last hour: how many said nothing new, and what all of them cost."""

    empty: int = 0
    spent: int = 0

    def why_no_more(self, pack: Pack, answer: Answer, price: int) -> str | None:
        """Why a further answer at this price may not be sent, or None."""
        if answer is Answer.NOTHING_NEW and self.empty >= MOST_EMPTY:
            return TOO_MANY
        return TOO_DEAR if self.spent + price > pack.sms_cost_per_hour else None

    def add(self, answer: Answer, price: int) -> None:
        """Counts one more answer."""
        self.empty += answer is Answer.NOTHING_NEW
        self.spent += price


def answered_lately(transaction: Transaction, contact_ids: Collection[int], now: datetime) -> dict[int, Answered]:
    """The answers of the last hour by the contact's id; contacts without an answer are left out."""
    lately = {"contacts": list(contact_ids), "since": now - HOUR}
    rows = connection_of(transaction).execute(_ANSWERS, lately)
    return {contact_id: Answered(empty, spent) for contact_id, empty, spent in rows}


def may_be_answered(vault: Vault, pack: Pack, contact: Contact) -> bool:
    """Whether SMS may go to the country of this person's number."""
    try:
        number = msisdn_of(contact, vault)
    except VaultError:
        return True  # the key may come back, and the number is checked again before sending
    return number is None or may_be_written_to(number, pack.sms_countries)


def mark_unanswerable(transaction: Transaction, concern_id: int, held: Message) -> None:
    """Marks a report for review, once, because its sender cannot be answered."""
    before = select(Message.id).where(
        Message.contact_id == held.contact_id,
        Message.concern_id == concern_id,
        Message.reason == COUNTRY,
        Message.id != held.id,
    )
    concern = transaction.get(Concern, concern_id)
    if concern and concern.contact_id == held.contact_id and transaction.scalars(before.limit(1)).first() is None:
        concern.reasons = [*concern.reasons, CANNOT_BE_ANSWERED]
        concern.needs_review = True


def count_held(transaction: Transaction) -> dict[str, int]:
    """The number of messages that were held back, by reason."""
    rows = transaction.execute(
        select(Message.reason, func.count()).where(Message.state == MessageState.HELD).group_by(Message.reason)
    )
    return {str(reason): count for reason, count in rows}
