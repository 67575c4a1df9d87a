"""Remembers inbound events, so that an event that comes again is recognised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.insert_once import insert_once
from storage.prepared import Prepared, bound
from storage.safety.vault import Vault
from storage.tables.messages import InboundEvent

_ROWS = InboundEvent.__table__
_KNOWN = Prepared(lambda _: select(_ROWS.c.key_hash).where(_ROWS.c.key_hash == bound(_ROWS, "key_hash")["key_hash"]))


def first_time(transaction: Transaction, vault: Vault, *natural_key: str, now: datetime) -> bool:
    """Records an event; returns whether it is new.

    Its natural key (provider, kind, id) is kept as a keyed hash, because ids can contain phone numbers.
    """
    key = vault.hash("inbound event", "\0".join(natural_key))
    return insert_once(transaction, InboundEvent, key_hash=key, received_at=now)


def is_known_event(transaction: Transaction, vault: Vault, *natural_key: str) -> bool:
    """Whether an event with this natural key came before; it may have been hashed with any of the secrets."""
    keys = vault.hashes("inbound event", "\0".join(natural_key))
    connection = connection_of(transaction)
    return any(_KNOWN.first(connection, {"key_hash": key}) for key in keys)
