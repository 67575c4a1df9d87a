"""The progress of an alert: whether a phone has received it, and whether it goes to the next person or starts again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.enumerations import MessageState
from storage.tables.messages import Message

RECEIPT_WITHIN = timedelta(minutes=5)
"""How long a delivery report may take before the alert goes to the next person."""
AGAIN_AFTER = timedelta(minutes=15)
"""How long after the last SMS a new round may start."""
MOST_ROUNDS = 4
"""Rounds in all; a new one starts when everybody was tried and no phone has the alert."""


def has_it(message: Message, without_receipts: frozenset[str]) -> bool:
    """Whether the phone has this SMS. If the provider gives no delivery reports, it is enough that it took the SMS."""
    taken = message.state is MessageState.SENT and message.provider in without_receipts
    return message.state is MessageState.DELIVERED or taken


def is_in_trouble(message: Message, now: datetime) -> bool:
    """Whether an SMS was refused (it is also tried again), has failed, or has no delivery report for five minutes."""
    refused = message.state is MessageState.QUEUED and message.tries > 0
    over = message.state in (MessageState.FAILED, MessageState.HELD)
    return refused or over or now - message.created_at >= RECEIPT_WITHIN


def may_begin_again(messages: Sequence[Message], now: datetime) -> bool:
    """Whether everybody may be tried once more: phones that were off may be on again."""
    rounds = max(Counter(message.contact_id for message in messages).values(), default=MOST_ROUNDS)
    return rounds < MOST_ROUNDS and now - max(message.created_at for message in messages) >= AGAIN_AFTER
