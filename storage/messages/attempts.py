"""The ids of a message at its providers, one for each attempt to send it."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from storage.insert_once import insert_once
from storage.tables.messages import EarlierAttempt, Message


def begin_attempt(transaction: Transaction, message: Message, provider: str | None, own_id: str | None) -> None:
    """Begins another attempt: sets the message's new provider and id (None: not known yet), and keeps the old ones, so
    that receipts of the earlier attempt still find the message."""
    if message.provider and message.provider_message_id:
        insert_once(
            transaction,
            EarlierAttempt,
            provider=message.provider,
            provider_message_id=message.provider_message_id,
            message_id=message.id,
        )
    message.provider, message.provider_message_id = provider, own_id
