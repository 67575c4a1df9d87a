"""Outbound SMS as a list and as counts, and one that failed sent once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MessageState, Priority, Work
from storage.messages.attempts import begin_attempt
from storage.messages.outbox import add_work
from storage.tables.messages import Message, OutboxRow
from storage.tables.people import Contact

RESTORED = "restored"
"""Why an SMS is held that a backup had queued, where nobody knows whether it went since."""


def send_again(transaction: Transaction, id: int, now: datetime) -> bool:
    """A message that failed, or that a restore holds, goes once more, with all its tries.

    Not one that was stopped or whose text is gone.
    """
    message = transaction.scalars(select(Message).where(Message.id == id).with_for_update()).first()
    if message is None or message.reason in ("stopped", "erased"):
        return False
    if message.state is not MessageState.FAILED and (message.state, message.reason) != (MessageState.HELD, RESTORED):
        return False
    contact = transaction.get(Contact, message.contact_id) if message.contact_id else None
    if message.text_sealed is None or contact is None or contact.muted_at or contact.msisdn_sealed is None:
        return False
    message.state, message.reason, message.changed_at = MessageState.QUEUED, None, now
    message.tries, message.perhaps_twice = 0, False
    begin_attempt(transaction, message, None, None)
    transaction.execute(delete(OutboxRow).where(OutboxRow.work == Work.SEND, OutboxRow.subject_id == message.id))
    add_work(transaction, Work.SEND, [message.id], now, priority=Priority(message.priority))
    return True


def list_messages(transaction: Transaction, state: MessageState | None, most: int = 60) -> Sequence[Message]:
    query = select(Message).order_by(Message.id.desc()).limit(most)
    return transaction.scalars(query.where(Message.state == state) if state else query).all()


def count_states(transaction: Transaction) -> dict[str, int]:
    """How many messages are in each state."""
    return {state.value: count for state, count in transaction.execute(
        select(Message.state, func.count()).group_by(Message.state)
    )}  # fmt: skip
