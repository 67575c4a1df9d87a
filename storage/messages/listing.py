"""Lists and counts outbound SMS, and sends a failed one again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.committees.quiet_hours import may_go_at
from storage.enumerations import MessageState, Priority, Work
from storage.messages.attempts import begin_attempt
from storage.messages.outbox import add_work
from storage.tables.messages import Message, OutboxRow
from storage.tables.people import Contact

RESTORED = "restored"
"""The reason of an SMS that was queued in a restored backup: it is unknown whether it was sent since."""


def send_again(transaction: Transaction, pack: Pack, id: int, now: datetime) -> datetime | None:
    """Queues a message again that failed or that a restore holds, with the full number of tries.

    Returns when it goes. In quiet hours, everything except an emergency waits for their end: by now it answers nothing
    that somebody has just sent. Returns None, and does nothing, for any other message: one that was stopped, whose text
    is gone, or whose number is muted.
    """
    message = transaction.scalars(select(Message).where(Message.id == id).with_for_update()).first()
    if message is None or message.reason in ("stopped", "erased"):
        return None
    if message.state is not MessageState.FAILED and (message.state, message.reason) != (MessageState.HELD, RESTORED):
        return None
    contact = transaction.get(Contact, message.contact_id) if message.contact_id else None
    if message.text_sealed is None or contact is None or contact.muted_at or contact.msisdn_sealed is None:
        return None
    message.state, message.reason, message.changed_at = MessageState.QUEUED, None, now
    message.tries, message.perhaps_twice = 0, False
    begin_attempt(transaction, message, None, None)
    transaction.execute(delete(OutboxRow).where(OutboxRow.work == Work.SEND, OutboxRow.subject_id == message.id))
    if message.priority != Priority.URGENT:
        message.priority = max(message.priority, Priority.NOTICE)
    due_at = may_go_at(transaction, pack, message, now)
    add_work(transaction, Work.SEND, [message.id], now, due_at, Priority(message.priority))
    return due_at


def list_messages(transaction: Transaction, state: MessageState | None, most: int = 60) -> Sequence[Message]:
    """Up to `most` messages in this state (None: any), the newest first."""
    query = select(Message).order_by(Message.id.desc()).limit(most)
    return transaction.scalars(query.where(Message.state == state) if state else query).all()


def count_states(transaction: Transaction) -> dict[str, int]:
    """The number of messages by state."""
    return {state.value: count for state, count in transaction.execute(
        select(Message.state, func.count()).group_by(Message.state)
    )}  # fmt: skip
