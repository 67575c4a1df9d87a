"""What a USSD session has filed: once, however often its last request comes, and its id may come for another
session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.insert_once import insert_once
from storage.safety.vault import Vault
from storage.tables.concerns import Concern
from storage.tables.messages import FiledSession

LIFE = timedelta(minutes=10)
"""An operator allows a session about three minutes; a request that comes later is another session's."""
KEPT = timedelta(days=1)
"""How long a last request that comes again is known; then nothing ties a report to the session that brought it."""
ID, TYPED = "ussd session id", "ussd session typed"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Whose session it is. Ids come again, also for another phone, and with some providers the id is the number."""

    provider: str
    session_id: str
    msisdn: Msisdn

    @property
    def parts(self) -> tuple[str, str, str]:
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


def new_run() -> str:
    """A name for one session under an id."""
    return secrets.token_hex(16)


def find_filed(transaction: Transaction, vault: Vault, key: SessionKey, held: bool = False) -> FiledSession | None:
    """What the last session under this id that filed something has left."""
    find = select(FiledSession).where(FiledSession.key_hash.in_(key.hashes(vault)))
    return transaction.scalars(find.with_for_update() if held else find).first()


def held_filed(transaction: Transaction, vault: Vault, key: SessionKey, now: datetime) -> FiledSession:
    """The same, made if need be, and held until the transaction ends: of two requests at once one files."""
    if find_filed(transaction, vault, key, held=True) is None:
        insert_once(
            transaction,
            FiledSession,
            key_hash=key.hashes(vault)[0],
            run="",
            typed_hash=b"",
            is_over=True,
            filed_at=now,
        )
    find = select(FiledSession).where(FiledSession.key_hash.in_(key.hashes(vault)))
    return transaction.scalars(find.with_for_update()).one()


def goes_on(filed: FiledSession, now: datetime) -> bool:
    """Whether a request of this session still belongs to the session that filed."""
    return filed.concern_id is not None and not filed.is_over and filed.filed_at > now - LIFE


def keep_filed(filed: FiledSession, concern: Concern, typed_hash: bytes, now: datetime) -> None:
    """`typed_hash` is of the whole text of the session, empty where the provider does not send it."""
    filed.concern_id, filed.run, filed.filed_at, filed.is_over = concern.id, new_run(), now, False
    filed.typed_hash = typed_hash


def drop_old_filed(transaction: Transaction, now: datetime) -> None:
    transaction.execute(delete(FiledSession).where(FiledSession.filed_at < now - KEPT))
