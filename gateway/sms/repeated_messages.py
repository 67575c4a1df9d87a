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
    minute = int(now.timestamp()) // 60
    text_key = ("sms text", sms.sender, sms.text.strip())
    before = is_known_event(transaction, vault, *text_key, str(minute - 1))
    return not first_time(transaction, vault, *text_key, str(minute), now=now) or before
