"""Outbound SMS: queued in the transaction that causes them, sent by the worker, settled by delivery reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.outbound_contents import masked
from flows.screen import count_segments, to_gsm
from storage.committees.budgets import OVER_BUDGET, next_month, spent_this_month
from storage.committees.quiet_hours import may_go_at
from storage.enumerations import Answer, MessageState, Priority, Work
from storage.insert_once import inserted_key
from storage.messages.answer_limits import COUNTRY, mark_unanswerable, why_held
from storage.messages.outbox import add_work
from storage.safety.vault import Vault
from storage.tables.committees import Committee
from storage.tables.messages import Message
from storage.tables.people import Contact

TEXT = "messages.text"
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


def comes_after(state: MessageState, before: MessageState) -> bool:
    """Whether a message in the state `before` may move on to `state`: never back, and from a final state nowhere."""
    return before not in FINAL and _ORDER.index(state) > _ORDER.index(before)


def advance_state(message: Message, state: MessageState, now: datetime, reason: str | None = None) -> bool:
    """Moves a message to a later state, never back; returns whether it moved. A late `sent` keeps `delivered`."""
    if not comes_after(state, message.state):
        return False
    message.state, message.reason, message.changed_at = state, reason, now
    return True


def mute_contact(transaction: Transaction, contact: Contact, now: datetime) -> None:
    """STOP: mutes a contact and stops their queued SMS, except alerts of emergencies, which are not about them."""
    contact.muted_at = contact.muted_at or now
    transaction.execute(
        update(Message)
        .where(Message.contact_id == contact.id, Message.state == MessageState.QUEUED, Message.alert_id.is_(None))
        .values(state=MessageState.FAILED, reason="stopped", changed_at=now)
    )
