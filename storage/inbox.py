"""Remembers what came in, so that the second time it is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.message_models import InboundEvent
from storage.models import Base
from storage.vault import Vault


def first_time(session: Session, vault: Vault, *natural_key: str, now: datetime) -> bool:
    """Whether this event is new. Its natural key (provider, kind, id) is kept as a keyed hash: ids can hold numbers."""
    key = vault.hash("inbound event", "\0".join(natural_key))
    return insert_once(session, InboundEvent, key_hash=key, received_at=now)


def is_known_event(session: Session, vault: Vault, *natural_key: str) -> bool:
    """Whether an event of that key came in before; looked for under every key of the deployment."""
    keys = vault.hashes("inbound event", "\0".join(natural_key))
    return session.scalars(select(InboundEvent.key_hash).where(InboundEvent.key_hash.in_(keys))).first() is not None


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Inserts a row unless its unique key is there already; says whether it did. The same on both databases.

    What RETURNING gives back tells it: psycopg's row count of such a statement does not.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    key = inspect(table).primary_key[0]
    done = session.execute(dialect.insert(table).values(**values).on_conflict_do_nothing().returning(key))
    return done.first() is not None
