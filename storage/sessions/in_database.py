"""USSD sessions of providers that send only the newest input: nothing could rebuild them, so the database keeps them.

The others' sessions live in Redis (`storage.sessions.in_redis`) and are rebuilt by replay when they are gone.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from flows.conversation.session import Session
from flows.msisdn import Msisdn
from storage.insert_once import insert_once
from storage.safety.vault import Vault, VaultError
from storage.sessions.filed import SessionKey
from storage.tables.messages import UssdSession

KEPT = timedelta(minutes=10)
"""An operator allows a session about three minutes."""
REPEATED_WITHIN = timedelta(seconds=1)
"""Where requests are not counted, the same input within this time is a repetition by the network: nobody reads a screen
and types so fast."""
BEGUN_AGAIN_WITHIN = timedelta(minutes=1)
"""A first request that is repeated within this time, with nothing in between, is a repetition by the network."""
PURPOSE = "ussd_sessions.talk"


@dataclass(frozen=True, slots=True)
class Input:
    """What one request brings: what was typed (if it `begins`: dialled behind the code), and its number if it has
    one."""

    typed: str
    number: int | None
    begins: bool
    echoes: bool = False
    """Whether the number is our own answer's that comes back: then two inputs may come under one number."""

    @property
    def mark(self) -> int:
        """A checksum by which the same input is recognised; a request that begins has another one."""
        marked = f"\0{self.typed}" if self.begins else self.typed
        return zlib.crc32(marked.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as it was kept; its `heard` is the number of the last request, 0 where requests are not counted."""

    session: Session
    kept_at: datetime
    run: str

    def has_heard(self, input: Input, now: datetime) -> bool:
        """Whether this request is an earlier one once more. One that begins is a new session, however recent the old
        one."""
        same = input.mark == self.session.heard_mark
        if input.begins:
            return same and now - self.kept_at < BEGUN_AGAIN_WITHIN
        if input.echoes and input.number == self.session.heard:
            return same
        if input.number is not None:
            return input.number <= self.session.heard
        return same and now - self.kept_at < REPEATED_WITHIN


def locked_session(transaction: Transaction, vault: Vault, key: SessionKey, now: datetime) -> KeptSession | None:
    """The session, held until the transaction ends: of two requests at once the second sees what the first did."""
    keys = key.hashes(vault)
    find = select(UssdSession).where(UssdSession.key_hash.in_(keys)).with_for_update()
    row = transaction.scalars(find).first()
    if row is None and not insert_once(transaction, UssdSession, key_hash=keys[0], talk_sealed=b"", kept_at=now):
        row = transaction.scalars(find).first()
    if row is None or not row.talk_sealed:
        return None
    try:
        return KeptSession(Session.decode(vault.open_bytes(PURPOSE, row.talk_sealed)), row.kept_at, row.run or "")
    except (VaultError, ValueError, TypeError):
        return None  # its key is gone, or another release kept it


def keep_session(
    transaction: Transaction,
    vault: Vault,
    key: SessionKey,
    session: Session,
    input: Input,
    run: str,
    now: datetime,
) -> None:
    """`input` is what the session has heard last, `run` the name of this session."""
    session = replace(session, heard=input.number or 0, heard_mark=input.mark)
    keys = key.hashes(vault)
    find = select(UssdSession).where(UssdSession.key_hash.in_(keys))
    row = transaction.scalars(find).first()
    if row is None:  # this request has erased its number, and with it the row
        insert_once(transaction, UssdSession, key_hash=keys[0], talk_sealed=b"", kept_at=now)
        row = transaction.scalars(find).one()
    row.talk_sealed, row.kept_at, row.run = vault.seal_bytes(PURPOSE, session.encode()), now, run
    row.number_hash = vault.msisdn_hashes(key.msisdn)[0]


def drop_sessions_of(transaction: Transaction, vault: Vault, number: Msisdn) -> None:
    """Ends the sessions of a number; its next request begins anew."""
    transaction.execute(delete(UssdSession).where(UssdSession.number_hash.in_(vault.msisdn_hashes(number))))


def drop_old_sessions(transaction: Transaction, now: datetime) -> None:
    """Drops sessions that no request has continued for ten minutes."""
    transaction.execute(delete(UssdSession).where(UssdSession.kept_at < now - KEPT))
