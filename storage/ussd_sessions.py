"""USSD sessions of providers that send only the newest input: nothing could rebuild them, so the database keeps them.

The others' sessions live in Redis (`storage.sessions`) and are rebuilt by replay when they are gone.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from flows.machine import Session
from storage.inbox import insert_once
from storage.message_models import UssdSession
from storage.vault import Vault, VaultError

KEPT = timedelta(minutes=10)
"""An operator allows a session about three minutes."""
REPEATED_WITHIN = timedelta(seconds=1)
"""Of hops that nobody counts, the same input again within this is the network's: no thumb reads and types so fast."""
PURPOSE = "ussd_sessions.talk"


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as it was kept; its `heard` is the number of the last hop, 0 where hops are not counted."""

    session: Session
    kept_at: datetime

    def has_heard(self, typed: str, number: int | None, now: datetime, echoes: bool = False) -> bool:
        """Whether this hop is an earlier one once more.

        Where the number is our own answer's that comes back (`echoes`), two inputs may come under one number.
        """
        if echoes and number == self.session.heard:
            return _mark(typed) == self.session.heard_mark
        if number is not None:
            return number <= self.session.heard
        return _mark(typed) == self.session.heard_mark and now - self.kept_at < REPEATED_WITHIN


def locked_session(
    open_: Transaction, vault: Vault, provider: str, session_id: str, now: datetime
) -> KeptSession | None:
    """The session, held until the transaction ends: of two hops at once the second sees what the first did."""
    keys = vault.hashes("ussd session id", f"{provider}\0{session_id}")
    find = select(UssdSession).where(UssdSession.key_hash.in_(keys)).with_for_update()
    row = open_.scalars(find).first()
    if row is None and not insert_once(open_, UssdSession, key_hash=keys[0], talk_sealed=b"", kept_at=now):
        row = open_.scalars(find).first()
    if row is None or not row.talk_sealed:
        return None
    try:
        return KeptSession(Session.decode(vault.open_bytes(PURPOSE, row.talk_sealed)), row.kept_at)
    except (VaultError, ValueError, TypeError):
        return None  # its key is gone, or another release kept it


def keep_session(
    open_: Transaction,
    vault: Vault,
    source: tuple[str, str],
    session: Session,
    hop: tuple[str, int | None],
    now: datetime,
) -> None:
    """`source` is the provider and its session's id, `hop` what was typed last and that hop's number."""
    typed, number = hop
    session = replace(session, heard=number or 0, heard_mark=_mark(typed))
    keys = vault.hashes("ussd session id", "\0".join(source))
    row = open_.scalars(select(UssdSession).where(UssdSession.key_hash.in_(keys))).one()
    row.talk_sealed, row.kept_at = vault.seal_bytes(PURPOSE, session.encode()), now


def drop_old_sessions(open_: Transaction, now: datetime) -> None:
    open_.execute(delete(UssdSession).where(UssdSession.kept_at < now - KEPT))


def _mark(typed: str) -> int:
    return zlib.crc32(typed.encode("utf-8", "surrogatepass"))
