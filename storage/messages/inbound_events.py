"""Remembers inbound events, so that an event that comes again is recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, literal, select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.connection import connection_of
from storage.insert_once import insert_once
from storage.prepared import Prepared, bound
from storage.safety.vault import Vault
from storage.tables.messages import InboundEvent
from storage.tables.people import Contact

_EVENT = "inbound event"
_ROWS, _CONTACTS = InboundEvent.__table__, Contact.__table__
_KNOWN = Prepared(lambda _: select(_ROWS.c.key_hash).where(_ROWS.c.key_hash == bound(_ROWS, "key_hash")["key_hash"]))

_FIRST_LOOK = Prepared(
    lambda _: select(_ROWS.c.key_hash, _CONTACTS.c.created_at).select_from(
        select(literal(1))
        .subquery()
        .outerjoin(InboundEvent.__table__, _ROWS.c.key_hash == bound(_ROWS, "key_hash")["key_hash"])
        .outerjoin(Contact.__table__, _CONTACTS.c.msisdn_hash == bound(_CONTACTS, "msisdn_hash")["msisdn_hash"])
    )
)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Whether an SMS came before, and when its sender was first heard of; None if never."""

    is_known: bool
    sender_since: datetime | None


def first_look(connection: Connection, vault: Vault, sender: Msisdn, *natural_key: str) -> FirstLook:
    """Looks for an SMS and its sender, with one query for each secret."""
    is_known, since = False, None
    hashes = zip(_hashes(vault, natural_key), vault.msisdn_hashes(sender), strict=True)
    for key_hash, msisdn_hash in hashes:
        ((event, created_at),) = _FIRST_LOOK.execute(connection, {"key_hash": key_hash, "msisdn_hash": msisdn_hash})
        is_known, since = is_known or event is not None, since or created_at
    return FirstLook(is_known, since)


def event_hash(vault: Vault, *natural_key: str) -> bytes:
    """The hash by which an event is known again."""
    return vault.hash(_EVENT, "\0".join(natural_key))


def _hashes(vault: Vault, natural_key: Sequence[str]) -> list[bytes]:
    return vault.hashes(_EVENT, "\0".join(natural_key))


def first_time(transaction: Transaction, vault: Vault, *natural_key: str, now: datetime) -> bool:
    """Records an event; returns whether it is new.

    Its natural key (provider, kind, id) is kept as a keyed hash, because ids can contain phone numbers.
    """
    return insert_once(transaction, InboundEvent, key_hash=event_hash(vault, *natural_key), received_at=now)


def is_known_event(transaction: Transaction, vault: Vault, *natural_key: str) -> bool:
    """Whether an event with this natural key came before; it may have been hashed with any of the secrets."""
    connection = connection_of(transaction)
    return any(_KNOWN.first(connection, {"key_hash": key}) for key in _hashes(vault, natural_key))
