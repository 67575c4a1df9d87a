"""The same SMS with another id: some relays send a message again within seconds, with an id of their own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from gateway.providers.base import InboundSms
from storage.messages.inbound_events import first_time, is_known_event
from storage.safety.vault import Vault


def is_repeated(transaction: Transaction, vault: Vault, sms: InboundSms, now: datetime) -> bool:
    """Returns whether this number sent the same words in this minute or the one before, and records them.

    Only concerns use this check: a second STOP must work, whatever came between.
    """
    before = is_known_event(transaction, vault, *words_key(sms, now, minutes_ago=1))
    return not first_time(transaction, vault, *words_key(sms, now), now=now) or before


def words_key(sms: InboundSms, now: datetime, minutes_ago: int = 0) -> tuple[str, ...]:
    """What the same words of one number in one minute have in common."""
    return "sms text", sms.sender, sms.text.strip(), str(int(now.timestamp()) // 60 - minutes_ago)
