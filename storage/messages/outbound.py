"""Outbound SMS: queued in the transaction that causes them, sent by the worker, settled by delivery reports."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.outbound_contents import masked
from flows.screen import count_segments, to_gsm
from storage.committees.budgets import OVER_BUDGET, next_month, spent_this_month
from storage.committees.quiet_hours import may_go_at
from storage.enumerations import Answer, MessageState, Priority, Work
from storage.insert_once import insert_once, inserted_key
from storage.messages.answer_limits import COUNTRY, mark_unanswerable, why_held
from storage.messages.outbox import add_work
from storage.safety.vault import Vault
from storage.tables.committees import Committee
from storage.tables.messages import EarlierAttempt, Message, OutboxRow, Receipt
from storage.tables.people import Contact

TEXT = "messages.text"
ASKED_FOR = timedelta(hours=24)
"""How old a message may be for a receipt without a known message id to be about it."""
FINAL = (MessageState.DELIVERED, MessageState.FAILED, MessageState.HELD)
_ORDER = (
    MessageState.QUEUED,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.SENT,
    *FINAL,
)


@dataclass(frozen=True, slots=True)
class OutboundSms:
    """An SMS to queue. `key` is unique for its content and recipient. `stop_counts` is false if STOP does not apply.

    `due_at` is when it may be sent (None: now). `committee` pays for it; an urgent SMS does not wait for the budget.
    `priority` says whether it is sent in quiet hours: without one, an SMS waits for their end.
    `answer` is set if it answers an SMS: such SMS have an hourly limit. `others_words`: it contains text that another
    person wrote, in which phone numbers and links are masked.
    """

    key: str
    contact: Contact
    text: str
    concern_id: int | None = None
    committee: str | None = None
    stop_counts: bool = True
    due_at: datetime | None = None
    priority: Priority = Priority.NOTICE
    alert_id: int | None = None
    answer: Answer | None = None
    others_words: bool = False


def queue_message(
    transaction: Transaction, vault: Vault, pack: Pack, sms: OutboundSms, now: datetime
) -> Message | None:
    """Writes a message and the work of sending it.

    Returns None if its key exists, the person is unreachable, or it is held back (`storage.messages.answer_limits`).
    """
    if sms.contact.msisdn_sealed is None or (sms.stop_counts and sms.contact.muted_at):
        return None
    text = masked(sms.text, pack) if sms.others_words else to_gsm(sms.text)
    count = count_segments(text)
    price = pack.price(count).amount
    held = why_held(transaction, vault, pack, sms.contact, sms.answer, price, now)
    id = inserted_key(
        transaction,
        Message,
        key=sms.key,
        contact_id=sms.contact.id,
        concern_id=sms.concern_id,
        committee=sms.committee,
        answer=sms.answer,
        text_sealed=None if held else vault.seal(TEXT, text),
        parts=count,
        price=0 if held else price,
        currency=pack.currency,
        state=MessageState.HELD if held else MessageState.QUEUED,
        reason=held,
        tries=0,
        priority=sms.priority,
        alert_id=sms.alert_id,
        perhaps_twice=False,
        created_at=now,
        changed_at=now,
    )
    if id is None:
        return None
    message = transaction.get_one(Message, id)
    if held:
        if held == COUNTRY and sms.concern_id:
            mark_unanswerable(transaction, sms.concern_id, message)
        return None
    due_at = sms.due_at
    if sms.committee and sms.priority is not Priority.URGENT and not _in_budget(transaction, pack, sms.committee, now):
        # It is sent when the next month begins, or when the budget is raised
        # (`storage.committees.budgets.release`).
        message.reason, due_at = OVER_BUDGET, next_month(pack, now)
    due_at = may_go_at(transaction, pack, message, due_at or now)
    add_work(transaction, Work.SEND, [message.id], now, due_at, sms.priority)
    return message


def _in_budget(transaction: Transaction, pack: Pack, committee: str, now: datetime) -> bool:
    """Whether the budget pays for all SMS of the month; the new message is already among them."""
    payer = transaction.get(Committee, committee)
    return (
        payer is None or payer.monthly_budget is None or spent_this_month(transaction, pack, committee, now).allows(0)
    )


def advance_state(message: Message, state: MessageState, now: datetime, reason: str | None = None) -> bool:
    """Moves a message to a later state, never back; returns whether it moved. A late `sent` keeps `delivered`."""
    if message.state in FINAL or _ORDER.index(state) <= _ORDER.index(message.state):
        return False
    message.state, message.reason, message.changed_at = state, reason, now
    return True


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


def mute_contact(transaction: Transaction, contact: Contact, now: datetime) -> None:
    """STOP: mutes a contact and stops their queued SMS, except alerts of emergencies, which are not about them."""
    contact.muted_at = contact.muted_at or now
    transaction.execute(
        update(Message)
        .where(Message.contact_id == contact.id, Message.state == MessageState.QUEUED, Message.alert_id.is_(None))
        .values(state=MessageState.FAILED, reason="stopped", changed_at=now)
    )
