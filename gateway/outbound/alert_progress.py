"""How far an alert has come: whether a phone has it, and whether it goes to the next person or begins again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.enumerations import MessageState
from storage.tables.messages import Message

RECEIPT_WITHIN = timedelta(minutes=5)
"""How long a phone's receipt may take before the alert goes to the next person."""
AGAIN_AFTER = timedelta(minutes=15)
MOST_ROUNDS = 4
"""When everybody was tried in vain it begins again, so often in all."""


def has_it(message: Message, without_receipts: frozenset[str]) -> bool:
    """Whether the phone has this SMS; of a provider that gives no receipts, whether the provider took it."""
    taken = message.state is MessageState.SENT and message.provider in without_receipts
    return message.state is MessageState.DELIVERED or taken


def is_in_trouble(message: Message, now: datetime) -> bool:
    """Refused (it is tried again beside), failed, or without a word of it for five minutes."""
    refused = message.state is MessageState.QUEUED and message.tries > 0
    over = message.state in (MessageState.FAILED, MessageState.HELD)
    return refused or over or now - message.created_at >= RECEIPT_WITHIN


def may_begin_again(messages: Sequence[Message], now: datetime) -> bool:
    """Whether everybody is to be tried once more: phones that were off may be on again."""
    rounds = max(Counter(message.contact_id for message in messages).values(), default=MOST_ROUNDS)
    return rounds < MOST_ROUNDS and now - max(message.created_at for message in messages) >= AGAIN_AFTER
