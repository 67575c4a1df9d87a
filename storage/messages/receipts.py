"""Delivery reports: they settle their messages, found by the provider's id or by the number."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MessageState, Work
from storage.insert_once import insert_once
from storage.messages.outbound import advance_state
from storage.prepared import Prepared, bound
from storage.tables.messages import EarlierAttempt, Message, OutboxRow, Receipt
from storage.tables.people import Contact

ASKED_FOR = timedelta(hours=24)
"""How old a message may be for a receipt without a known message id to be about it."""
_ROWS = Message.__table__
_OF_ID = bound(_ROWS, "provider", "provider_message_id")
_REPORTED = Prepared(
    lambda _: select(_ROWS.c.id, _ROWS.c.concern_id, _ROWS.c.alert_id, _ROWS.c.state).where(
        _ROWS.c.provider == _OF_ID["provider"], _ROWS.c.provider_message_id == _OF_ID["provider_message_id"]
    )
)
_SETTLED = Prepared(
    lambda _: (
        update(Message.__table__)  # type: ignore[arg-type]
        .where(_ROWS.c.id == bindparam("of", type_=_ROWS.c.id.type), _ROWS.c.state == MessageState.SENT)
        .values(bound(_ROWS, "state", "reason", "changed_at"))
        .returning(_ROWS.c.id)
    )
)


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """The message that a report is about."""

    id: int
    concern_id: int | None
    alert_id: int | None
    state: MessageState


def find_reported(connection: Connection, provider: str, provider_message_id: str) -> ReportedMessage | None:
    """The message to which the provider gave this id last."""
    row = _REPORTED.first(connection, {"provider": provider, "provider_message_id": provider_message_id})
    return ReportedMessage(*row) if row else None


def settle_sent(connection: Connection, id: int, state: MessageState, reason: str | None, now: datetime) -> bool:
    """Moves a message that was sent to its last state, with one statement; returns false if it is no longer `sent`."""
    values = {"of": id, "state": state, "reason": reason, "changed_at": now}
    return _SETTLED.first(connection, values) is not None


def take_receipt(transaction: Transaction, receipt: Receipt) -> Message | None:
    """Keeps a delivery report, and moves and returns its message. None: sending will look for the report later.

    For an earlier attempt only "delivered" counts: its failure says nothing about the current attempt.
    """
    _one_after_the_other(transaction, receipt.provider, receipt.provider_message_id)
    insert_once(
        transaction,
        Receipt,
        provider=receipt.provider,
        provider_message_id=receipt.provider_message_id,
        state=receipt.state,
        reason=receipt.reason,
        received_at=receipt.received_at,
    )
    message = transaction.scalars(
        select(Message).where(_is_of(Message, receipt.provider, receipt.provider_message_id)).with_for_update()
    ).first()
    if message is None and receipt.state is MessageState.DELIVERED:
        message = transaction.scalars(
            select(Message)
            .join(EarlierAttempt, EarlierAttempt.message_id == Message.id)
            .where(_is_of(EarlierAttempt, receipt.provider, receipt.provider_message_id))
            .with_for_update(of=Message)
        ).first()
    if message:
        advance_state(message, receipt.state, receipt.received_at, receipt.reason)
    return message


def adopt_uncertain(transaction: Transaction, contact: Contact, receipt: Receipt) -> Message | None:
    """Settles and returns this person's oldest uncertain message, by a receipt whose message id is unknown here."""
    message = transaction.scalars(
        select(Message)
        .where(
            Message.contact_id == contact.id,
            Message.state == MessageState.UNCERTAIN,
            Message.provider == receipt.provider,
            Message.provider_message_id.is_(None),
            Message.changed_at > receipt.received_at - ASKED_FOR,
        )
        .order_by(Message.changed_at)
    ).first()
    if message is None:
        return None
    message.provider_message_id = receipt.provider_message_id
    advance_state(message, receipt.state, receipt.received_at, receipt.reason)
    _is_sent(transaction, message)
    return message


def settle_by_number(
    transaction: Transaction, contact: Contact, provider: str, state: MessageState, reason: str | None, now: datetime
) -> Message | None:
    """Settles and returns this person's oldest open message (or None), by a receipt without a message id.

    An alert comes last: the receipt of another SMS must not end its rounds.
    """
    message = transaction.scalars(
        select(Message)
        .where(
            Message.contact_id == contact.id,
            Message.state.in_((MessageState.UNCERTAIN, MessageState.SENT)),
            Message.provider == provider,
            Message.changed_at > now - ASKED_FOR,
        )
        .order_by(Message.alert_id.is_not(None), Message.changed_at, Message.id)
        .with_for_update()
    ).first()
    if message is None:
        return None
    advance_state(message, state, now, reason)
    _is_sent(transaction, message)
    return message


def _is_sent(transaction: Transaction, message: Message) -> None:
    """Ends the work of sending an uncertain message, because its receipt came."""
    transaction.execute(delete(OutboxRow).where(OutboxRow.work == Work.SEND, OutboxRow.subject_id == message.id))


def is_known(transaction: Transaction, provider: str, provider_message_id: str) -> bool:
    """Whether a message has this provider id, now or in an earlier attempt."""
    now = select(Message.id).where(_is_of(Message, provider, provider_message_id))
    before = select(EarlierAttempt.message_id).where(_is_of(EarlierAttempt, provider, provider_message_id))
    return transaction.scalars(now.union_all(before)).first() is not None


def _is_of(table: type[Message | EarlierAttempt], provider: str, provider_message_id: str) -> ColumnElement[bool]:
    return and_(table.provider == provider, table.provider_message_id == provider_message_id)


def early_receipts(transaction: Transaction, message: Message) -> Sequence[Receipt]:
    """The receipts that came before the provider's response with the message's id."""
    _one_after_the_other(transaction, str(message.provider), str(message.provider_message_id))
    return transaction.scalars(
        select(Receipt).where(
            Receipt.provider == message.provider, Receipt.provider_message_id == message.provider_message_id
        )
    ).all()


def _one_after_the_other(transaction: Transaction, provider: str, provider_message_id: str) -> None:
    """Locks a message id until the commit, so that storing the id and storing its receipt happen one after the other.

    At the same time, neither would see the other, and the message would wait for its receipt for ever. SQLite has one
    writer at a time anyway."""
    if transaction.get_bind().dialect.name == "postgresql":
        lock_key = hashlib.blake2b(f"{provider}\0{provider_message_id}".encode(), digest_size=8).digest()
        transaction.execute(select(func.pg_advisory_xact_lock(int.from_bytes(lock_key, signed=True))))
