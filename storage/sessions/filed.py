"""The last report of each USSD session id. A session files once, even if its last request is repeated; and providers
use a session id again for another session."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.connection import connection_of
from storage.insert_once import inserting
from storage.prepared import Prepared, bound
from storage.safety.vault import Vault
from storage.tables.messages import FiledSession

LIFE = timedelta(minutes=10)
"""A later request under the same id belongs to another session. Operators allow a session about three minutes."""
KEPT = timedelta(days=1)
"""How long a repeated last request is recognised; then the link between report and session is deleted."""
ID, TYPED = "ussd session id", "ussd session typed"
_ROWS = FiledSession.__table__
OF_KEY = _ROWS.c.key_hash == bound(_ROWS, "key_hash")["key_hash"]
"""The condition that a row has the key of a session."""
FILED_COLUMNS = (
    _ROWS.c.key_hash, _ROWS.c.concern_id, _ROWS.c.run, _ROWS.c.typed_hash, _ROWS.c.is_over, _ROWS.c.filed_at
)  # fmt: skip
"""The columns of a `Filed`, in the order of its fields."""
_FIND = select(*FILED_COLUMNS).where(OF_KEY)
_FOUND, _HELD = Prepared(lambda _: _FIND), Prepared(lambda _: _FIND.with_for_update())
_EMPTY = Prepared(
    lambda dialect_name: (
        inserting(FiledSession, dialect_name)
        .values(bound(_ROWS, "key_hash", "run", "typed_hash", "is_over", "filed_at"))
        .returning(_ROWS.c.key_hash)
    )
)
_END = update(FiledSession.__table__).where(_ROWS.c.key_hash == bindparam("of")).values(is_over=True)  # type: ignore[arg-type]
_KEEP = Prepared(
    lambda _: (
        update(FiledSession.__table__)  # type: ignore[arg-type]
        .where(_ROWS.c.key_hash == bindparam("of", type_=_ROWS.c.key_hash.type))
        .values(bound(_ROWS, "concern_id", "run", "typed_hash", "is_over", "filed_at"))
    )
)


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Identifies a session. Session ids alone do not: they repeat, and with some providers the id is the number."""

    provider: str
    session_id: str
    msisdn: Msisdn

    @property
    def parts(self) -> tuple[str, str, str]:
        """Provider, session id and number."""
        return self.provider, self.session_id, self.msisdn

    def hashes(self, vault: Vault) -> list[bytes]:
        """The keyed hashes of the key with every secret, the newest first."""
        return vault.hashes(ID, "\0".join(self.parts))

    def typed_hashes(self, vault: Vault, typed: str) -> list[bytes]:
        """The keyed hashes of a whole text. The session is part of them, so equal texts of two sessions differ."""
        return vault.hashes(TYPED, "\0".join((*self.parts, typed)))

    def marks(self, vault: Vault, run: str) -> list[bytes]:
        """The hashes that identify one session (`run`) on a contact or draft; write the first, accept all.

        Without a `run`, the last ones are the hashes of the release before, which used the session id only.
        """
        before = [] if run else vault.hashes(ID, self.session_id)
        return vault.hashes(ID, "\0".join((*self.parts, run))) + before


@dataclass(frozen=True, slots=True)
class Filed:
    """The last report of a session key. `run` names the session after it; `concern_id` is None if the report was
    deleted or is not filed yet."""

    key_hash: bytes
    concern_id: int | None
    run: str
    typed_hash: bytes
    is_over: bool
    filed_at: datetime

    def goes_on(self, now: datetime) -> bool:
        """Whether a request with this key still belongs to the session that filed the report."""
        return self.concern_id is not None and not self.is_over and self.filed_at > now - LIFE


def new_run() -> str:
    """A random name for one of the sessions with the same key."""
    return secrets.token_hex(16)


def find_filed(connection: Connection, vault: Vault, key: SessionKey) -> Filed | None:
    """The last report of this session key; None if there is none."""
    return _first(_FOUND, connection, key.hashes(vault))


def hold_filed(transaction: Transaction, vault: Vault, key: SessionKey, now: datetime) -> Filed:
    """Locks the last report of this session key until the transaction ends; creates an empty row if there is none.

    So only one of two simultaneous requests files a report.
    """
    transaction.flush()
    hashes, connection = key.hashes(vault), connection_of(transaction)
    rotated = _first(_HELD, connection, hashes) if len(hashes) > 1 else None
    if rotated:
        return rotated
    empty = Filed(hashes[0], None, "", b"", is_over=True, filed_at=now)
    row = {"key_hash": hashes[0], "run": "", "typed_hash": b"", "is_over": True, "filed_at": now}
    if _EMPTY.first(connection, row):
        return empty
    return _first(_HELD, connection, hashes) or empty


def _first(query: Prepared, connection: Connection, hashes: Sequence[bytes]) -> Filed | None:
    """The row of a session key, which may have been hashed with any of the secrets."""
    rows = (query.first(connection, {"key_hash": hashed}) for hashed in hashes)
    row = next(filter(None, rows), None)
    return Filed(*row) if row else None


def end_filed(transaction: Transaction, filed: Filed) -> None:
    """Marks the filed session as over, because another session begins with the same key."""
    connection_of(transaction).execute(_END, {"of": filed.key_hash})


def keep_filed(transaction: Transaction, filed: Filed, concern_id: int, typed_hash: bytes, now: datetime) -> None:
    """Records the report of a session. `typed_hash` is the hash of the session's whole text, or empty if the provider
    does not send that."""
    row = filed_row(filed.key_hash, typed_hash, now) | {"of": filed.key_hash, "concern_id": concern_id}
    _KEEP.execute(connection_of(transaction), row)


def filed_row(key_hash: bytes, typed_hash: bytes, now: datetime) -> dict[str, Any]:
    """The columns of the row of a session that files now, without its concern."""
    return {"key_hash": key_hash, "run": new_run(), "typed_hash": typed_hash, "is_over": False, "filed_at": now}


def drop_old_filed(transaction: Transaction, now: datetime) -> None:
    """Deletes the rows of sessions that filed more than a day ago."""
    transaction.execute(delete(FiledSession).where(FiledSession.filed_at < now - KEPT))
