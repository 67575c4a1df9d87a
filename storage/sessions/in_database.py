"""USSD sessions of providers that send only the newest input. They cannot be rebuilt, so the database keeps them.

Sessions of other providers are in Redis (`storage.sessions.in_redis`), and are rebuilt by replay if they are lost.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.orm import Session as Transaction

from flows.conversation.session import Session
from flows.msisdn import Msisdn
from storage.connection import connection_of
from storage.insert_once import inserting
from storage.prepared import Prepared, bound
from storage.safety.vault import Vault, VaultError
from storage.sessions.filed import SessionKey
from storage.tables.messages import UssdSession

KEPT = timedelta(minutes=10)
"""How long a session is kept. Operators allow a session about three minutes."""
REPEATED_WITHIN = timedelta(seconds=1)
"""If the provider does not count requests, the same input within this time is a repetition by the network: nobody reads
a screen and types so fast."""
BEGUN_AGAIN_WITHIN = timedelta(minutes=1)
"""A first request that is repeated within this time, with nothing in between, is a repetition by the network."""
PURPOSE = "ussd_sessions.talk"
_ROWS = UssdSession.__table__
_HOLD = Prepared(
    lambda _: (
        select(_ROWS.c.talk_sealed, _ROWS.c.kept_at, _ROWS.c.run)
        .where(_ROWS.c.key_hash == bound(_ROWS, "key_hash")["key_hash"])
        .with_for_update()
    )
)
_EMPTY = Prepared(
    lambda dialect_name: (
        inserting(UssdSession, dialect_name)
        .values(bound(_ROWS, "key_hash", "talk_sealed", "kept_at"))
        .returning(_ROWS.c.key_hash)
    )
)
_KEPT_COLUMNS = ("talk_sealed", "kept_at", "run", "number_hash")
_KEEP = Prepared(
    lambda _: (
        update(UssdSession.__table__)  # type: ignore[arg-type]
        .where(_ROWS.c.key_hash == bindparam("of", type_=_ROWS.c.key_hash.type))
        .values(bound(_ROWS, *_KEPT_COLUMNS))
        .returning(_ROWS.c.key_hash)
    )
)
_NEW = Prepared(
    lambda dialect_name: inserting(UssdSession, dialect_name).values(bound(_ROWS, "key_hash", *_KEPT_COLUMNS))
)


@dataclass(frozen=True, slots=True)
class Input:
    """The input of one request: the text that was typed (if it `begins`: dialled after the code), and the `number` of
    the request, or None if the provider does not count requests."""

    typed: str
    number: int | None
    begins: bool
    echoes: bool = False
    """Whether the provider sends back the number of our last answer: then two inputs may have the same number."""

    @property
    def mark(self) -> int:
        """A checksum that recognises the same input. Requests that begin a session have different ones."""
        marked = f"\0{self.typed}" if self.begins else self.typed
        return zlib.crc32(marked.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as it was kept. `session.heard` is the number of the last request, or 0 if requests are not counted."""

    session: Session
    kept_at: datetime
    run: str

    def has_heard(self, input: Input, now: datetime) -> bool:
        """Whether this request repeats an earlier one. A request that begins a session is a repetition only if it is
        the same as the last request and comes within `BEGUN_AGAIN_WITHIN`."""
        same = input.mark == self.session.heard_mark
        if input.begins:
            return same and now - self.kept_at < BEGUN_AGAIN_WITHIN
        if input.echoes and input.number == self.session.heard:
            return same
        if input.number is not None:
            return input.number <= self.session.heard
        return same and now - self.kept_at < REPEATED_WITHIN


def locked_session(transaction: Transaction, vault: Vault, key: SessionKey, now: datetime) -> KeptSession | None:
    """Locks a session until the transaction ends; None if there is none. If two requests come at once, the second sees
    what the first did."""
    connection, keys = connection_of(transaction), key.hashes(vault)
    row = _held(connection, keys)
    if row is None and not _EMPTY.first(connection, {"key_hash": keys[0], "talk_sealed": b"", "kept_at": now}):
        row = _held(connection, keys)
    if row is None or not row[0]:
        return None
    talk_sealed, kept_at, run = row
    try:
        return KeptSession(Session.decode(vault.open_bytes(PURPOSE, talk_sealed)), kept_at, run or "")
    except (VaultError, ValueError, TypeError):
        return None  # its encryption key is gone, or another release kept it


def _held(connection: Connection, keys: Sequence[bytes]) -> Sequence[Any] | None:
    """The locked row of a session, whose key may have been hashed with any of the secrets."""
    return next(filter(None, (_HOLD.first(connection, {"key_hash": hashed}) for hashed in keys)), None)


def keep_session(
    transaction: Transaction,
    vault: Vault,
    key: SessionKey,
    session: Session,
    input: Input,
    run: str,
    now: datetime,
) -> None:
    """Keeps a session after its last `input`. `run` is the name of the session among those with the same key."""
    session = replace(session, heard=input.number or 0, heard_mark=input.mark)
    connection, keys = connection_of(transaction), key.hashes(vault)
    row = {
        "talk_sealed": vault.seal_bytes(PURPOSE, session.encode()),
        "kept_at": now,
        "run": run,
        "number_hash": vault.msisdn_hashes(key.msisdn)[0],
    }
    if not any(_KEEP.first(connection, row | {"of": hashed}) for hashed in keys):
        # This request erased the caller's number, and the row with it.
        _NEW.execute(connection, row | {"key_hash": keys[0]})


def drop_sessions_of(transaction: Transaction, vault: Vault, number: Msisdn) -> None:
    """Deletes the sessions of a number; its next request begins a new session."""
    transaction.execute(delete(UssdSession).where(UssdSession.number_hash.in_(vault.msisdn_hashes(number))))


def drop_old_sessions(transaction: Transaction, now: datetime) -> None:
    """Deletes sessions without a request for ten minutes."""
    transaction.execute(delete(UssdSession).where(UssdSession.kept_at < now - KEPT))
