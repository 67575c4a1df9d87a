"""USSD sessions of providers that send only the newest input. They cannot be rebuilt, so the database keeps them.

Sessions of other providers are in Redis (`storage.sessions.in_redis`), and are rebuilt by replay if they are lost.
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
"""How long a session is kept. Operators allow a session about three minutes."""
REPEATED_WITHIN = timedelta(seconds=1)
"""If the provider does not count requests, the same input within this time is a repetition by the network: nobody reads
a screen and types so fast."""
BEGUN_AGAIN_WITHIN = timedelta(minutes=1)
"""A first request that is repeated within this time, with nothing in between, is a repetition by the network."""
PURPOSE = "ussd_sessions.talk"


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
        return None  # its encryption key is gone, or another release kept it


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
    keys = key.hashes(vault)
    find = select(UssdSession).where(UssdSession.key_hash.in_(keys))
    row = transaction.scalars(find).first()
    if row is None:  # this request erased the caller's number, and the row with it
        insert_once(transaction, UssdSession, key_hash=keys[0], talk_sealed=b"", kept_at=now)
        row = transaction.scalars(find).one()
    row.talk_sealed, row.kept_at, row.run = vault.seal_bytes(PURPOSE, session.encode()), now, run
    row.number_hash = vault.msisdn_hashes(key.msisdn)[0]


def drop_sessions_of(transaction: Transaction, vault: Vault, number: Msisdn) -> None:
    """Deletes the sessions of a number; its next request begins a new session."""
    transaction.execute(delete(UssdSession).where(UssdSession.number_hash.in_(vault.msisdn_hashes(number))))


def drop_old_sessions(transaction: Transaction, now: datetime) -> None:
    """Deletes sessions without a request for ten minutes."""
    transaction.execute(delete(UssdSession).where(UssdSession.kept_at < now - KEPT))
