"""The ids that a message goes by at its providers, one for each attempt to send it."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from storage.insert_once import insert_once
from storage.tables.messages import EarlierAttempt, Message


def begin_attempt(transaction: Transaction, message: Message, provider: str | None, own_id: str | None) -> None:
    """From now on receipts find the message by another id, or by none yet; the one before is kept as an earlier one."""
    if message.provider and message.provider_message_id:
        insert_once(
            transaction,
            EarlierAttempt,
            provider=message.provider,
            provider_message_id=message.provider_message_id,
            message_id=message.id,
        )
    message.provider, message.provider_message_id = provider, own_id
