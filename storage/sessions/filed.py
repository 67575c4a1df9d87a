"""What a USSD session has filed: once, however often its last request comes, and its id may come for another
session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.connection import connection_of
from storage.insert_once import insert_once
from storage.safety.vault import Vault
from storage.tables.messages import FiledSession

LIFE = timedelta(minutes=10)
"""An operator allows a session about three minutes; a request that comes later is another session's."""
KEPT = timedelta(days=1)
"""How long a last request that comes again is known; then nothing ties a report to the session that brought it."""
ID, TYPED = "ussd session id", "ussd session typed"
_ROWS = FiledSession.__table__
_FIND = select(_ROWS.c.key_hash, _ROWS.c.concern_id, _ROWS.c.run, _ROWS.c.typed_hash, _ROWS.c.is_over, _ROWS.c.filed_at)
_FIND = _FIND.where(_ROWS.c.key_hash.in_(bindparam("hashes", expanding=True)))
_HOLD = _FIND.with_for_update()
_END = update(FiledSession.__table__).where(_ROWS.c.key_hash == bindparam("of")).values(is_over=True)  # type: ignore[arg-type]
_KEEP = update(FiledSession.__table__).where(_ROWS.c.key_hash == bindparam("of")).values(is_over=False)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Whose session it is. Ids come again, also for another phone, and with some providers the id is the number."""

    provider: str
    session_id: str
    msisdn: Msisdn

    @property
    def parts(self) -> tuple[str, str, str]:
        """Provider, session id and number."""
        return self.provider, self.session_id, self.msisdn

    def hashes(self, vault: Vault) -> list[bytes]:
        """Under every secret, the newest first."""
        return vault.hashes(ID, "\0".join(self.parts))

    def typed_hashes(self, vault: Vault, typed: str) -> list[bytes]:
        """Of a whole text; the session is in it, so that the same words in two sessions look like nothing."""
        return vault.hashes(TYPED, "\0".join((*self.parts, typed)))

    def marks(self, vault: Vault, run: str) -> list[bytes]:
        """What one session under this id leaves on a contact and a draft; the first is the one to write.

        The last ones are those of the release before, whose sessions went by their id alone.
        """
        before = [] if run else vault.hashes(ID, self.session_id)
        return vault.hashes(ID, "\0".join((*self.parts, run))) + before


@dataclass(frozen=True, slots=True)
class Filed:
    """The last report of a session's id and number. `run` names the session that comes after it; `concern_id` is
    None where the report is gone, or not filed yet."""

    key_hash: bytes
    concern_id: int | None
    run: str
    typed_hash: bytes
    is_over: bool
    filed_at: datetime

    def goes_on(self, now: datetime) -> bool:
        """Whether a request of this session still belongs to the session that filed."""
        return self.concern_id is not None and not self.is_over and self.filed_at > now - LIFE


def new_run() -> str:
    """A name for one session under an id."""
    return secrets.token_hex(16)


def find_filed(transaction: Transaction, vault: Vault, key: SessionKey) -> Filed | None:
    """What the last session under this id that filed something has left."""
    return _filed(connection_of(transaction).execute(_FIND, {"hashes": key.hashes(vault)}).first())


def hold_filed(transaction: Transaction, vault: Vault, key: SessionKey, now: datetime) -> Filed:
    """The same, made if need be, and held until the transaction ends: of two requests at once one files."""
    hashes, connection = key.hashes(vault), connection_of(transaction)
    rotated = len(hashes) > 1 and _filed(connection.execute(_HOLD, {"hashes": hashes}).first())
    if rotated:
        return rotated
    empty = Filed(hashes[0], None, "", b"", is_over=True, filed_at=now)
    row = {"key_hash": hashes[0], "run": "", "typed_hash": b"", "is_over": True, "filed_at": now}
    if insert_once(transaction, FiledSession, **row):
        return empty
    return _filed(connection.execute(_HOLD, {"hashes": hashes}).first()) or empty


def _filed(row: Row[*tuple[Any, ...]] | None) -> Filed | None:
    return Filed(*tuple(row)) if row else None


def end_filed(transaction: Transaction, filed: Filed) -> None:
    """Another session begins under this id: what was filed is no longer its own."""
    connection_of(transaction).execute(_END, {"of": filed.key_hash})


def keep_filed(transaction: Transaction, filed: Filed, concern_id: int, typed_hash: bytes, now: datetime) -> None:
    """`typed_hash` is of the whole text of the session, empty where the provider does not send it."""
    row = {"of": filed.key_hash, "concern_id": concern_id, "run": new_run(), "filed_at": now, "typed_hash": typed_hash}
    connection_of(transaction).execute(_KEEP, row)


def drop_old_filed(transaction: Transaction, now: datetime) -> None:
    """Drops what sessions filed more than a day ago."""
    transaction.execute(delete(FiledSession).where(FiledSession.filed_at < now - KEPT))
