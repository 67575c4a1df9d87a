"""How far USSD sessions have come, kept in Redis until it is written to the database behind their answers.

It is the language that a newcomer has chosen and the report as far as it goes. There is one entry a number, sealed. It
is empty where the session has sent its report since: whoever is just writing the entry to the database learns from it
that the draft must go again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.concerns.unfinished_reports import Unsent, drop_draft, keep_draft, may_be_asked
from storage.people.contacts import ensure_contact, find_contact, keep_for_draft
from storage.safety.vault import Vault, VaultError
from storage.sessions.filed import SessionKey, find_filed
from storage.tables.concerns import Draft, ErasedNumber
from storage.tables.people import Contact

NAME = "ussd-progress"
PURPOSE = "ussd progress"
_TAKE = "local v = redis.call('HGET', KEYS[1], ARGV[1]) if v then redis.call('HSET', KEYS[1], ARGV[1], '') end return v"
_DONE = """
local dropped = {}
for at = 1, #ARGV, 2 do
  local kept = redis.call('HGET', KEYS[1], ARGV[at])
  if kept == ARGV[at + 1] then redis.call('HDEL', KEYS[1], ARGV[at])
  elseif kept == '' then dropped[#dropped + 1] = ARGV[at] end
end
return dropped
"""
"""Takes away what was written and has not changed since, and gives the names of what was dropped meanwhile."""


class RoundTrips(Protocol):
    """A Redis client that sends several commands at once (`gateway.runtime.circuit_breaker`)."""

    def round_trip(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        """The replies to the commands. Raises `RedisError`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one session has come: in which `language`, and with which report; None is none, or one that was
    dropped. `run` is the name of the session among those under its key."""

    key: SessionKey
    run: str
    language: str | None
    unsent: Unsent | None
    kept_at: datetime

    def encode(self) -> bytes:
        """JSON, to be sealed."""
        unsent = [self.unsent.screen, self.unsent.answers] if self.unsent else None
        values = [*self.key.parts, self.run, self.language, unsent, self.kept_at.isoformat()]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()

    @staticmethod
    def decode(kept: bytes) -> Progress:
        """Raises `ValueError` or `TypeError` for what another release has kept."""
        provider, session_id, number, run, language, unsent, kept_at = json.loads(kept)
        key = SessionKey(provider, session_id, Msisdn(number))
        return Progress(key, run, language, Unsent(*unsent) if unsent else None, datetime.fromisoformat(kept_at))


class ProgressStore:
    """The entries in Redis, each under its number's keyed hash (`storage.sessions.in_redis.Marks`).

    Raises `RedisError` where it says so; the others leave it to the database.
    """

    def __init__(self, redis: RoundTrips, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    def keeping(self, number: str, progress: Progress) -> tuple[str, str, str, bytes]:
        """The command that keeps a number's entry."""
        return "HSET", NAME, number, self._vault.seal_bytes(PURPOSE, progress.encode())

    def looking_up(self, number: str) -> tuple[str, str, str]:
        """The command that asks for a number's entry; `opened` reads its reply."""
        return "HGET", NAME, number

    def opened(self, reply: bytes | None) -> Progress | None:
        """The entry that Redis has replied with; None where there is none, or none that can be read."""
        if not reply:
            return None
        try:
            return Progress.decode(self._vault.open_bytes(PURPOSE, reply))
        except (VaultError, ValueError, TypeError):
            return None  # its key is gone, or another release kept it

    def take(self, number: str) -> bytes | None:
        """Takes a number's entry, before its report is sent. `put_back` undoes it."""
        try:
            (reply,) = self._redis.round_trip(("EVAL", _TAKE, 1, NAME, number))
        except RedisError:
            return None
        return reply or None

    def put_back(self, number: str, entry: bytes) -> None:
        """Keeps an entry again that was taken for a report whose filing failed."""
        with contextlib.suppress(RedisError):
            self._redis.round_trip(("HSET", NAME, number, entry))

    def forget(self, number: str) -> None:
        """Nothing of a number waits any more. Raises `RedisError`."""
        self._redis.round_trip(("HDEL", NAME, number))

    def waiting(self, most: int) -> dict[bytes, bytes]:
        """Entries that wait, by their name. Raises `RedisError`."""
        (pairs,) = self._redis.round_trip(("HRANDFIELD", NAME, most, "WITHVALUES"))
        flat = [part for pair in pairs for part in pair] if pairs and isinstance(pairs[0], list) else pairs
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def done(self, written: Mapping[bytes, bytes]) -> Collection[bytes]:
        """Takes away what was written to the database; the names of what was dropped meanwhile. Raises `RedisError`."""
        arguments = [part for pair in written.items() for part in pair]
        (dropped,) = self._redis.round_trip(("EVAL", _DONE, 1, NAME, *arguments))
        return set(dropped)


def write_progress(transaction: Transaction, vault: Vault, progress: Progress) -> None:
    """Writes what waited. Writing it twice is writing it once, and what was sent or erased since is left out."""
    filed = find_filed(transaction, vault, progress.key)
    was_sent = filed is not None and filed.concern_id is not None and filed.run != progress.run
    if not was_sent and not _is_erased(transaction, vault, progress):
        keep_progress(transaction, vault, progress)


def keep_progress(transaction: Transaction, vault: Vault, progress: Progress) -> None:
    """Writes how far a session has come, at once."""
    marks = progress.key.marks(vault, progress.run)
    contact = ensure_contact(transaction, vault, progress.key.msisdn, progress.kept_at, reachable=False)
    if progress.language and (contact.language is None or contact.language_session_hash in marks):
        contact.language, contact.language_session_hash = progress.language, marks[0]
    if progress.unsent is None:
        _drop_own_draft(transaction, contact, marks)
    else:
        keep_draft(transaction, vault, contact, marks, progress.unsent, progress.kept_at)
        if may_be_asked(progress.unsent):
            keep_for_draft(vault, contact, progress.key.msisdn)


def drop_written(transaction: Transaction, vault: Vault, group: Sequence[Progress]) -> None:
    """Drops the drafts of entries that were written in the moment that their sessions sent them."""
    for progress in group:
        if contact := find_contact(transaction, vault, progress.key.msisdn):
            _drop_own_draft(transaction, contact, progress.key.marks(vault, progress.run))


def _drop_own_draft(transaction: Transaction, contact: Contact, marks: Sequence[bytes]) -> None:
    draft = transaction.get(Draft, contact.id)
    if draft and draft.session_hash in marks:
        drop_draft(transaction, contact)


def note_erased(transaction: Transaction, vault: Vault, number: Msisdn, now: datetime) -> None:
    """A number of which the database knows nothing wants to be forgotten: what the worker may be writing of it now
    must not stay."""
    transaction.add(ErasedNumber(msisdn_hash=vault.msisdn_hashes(number)[0], erased_at=now))


def _is_erased(transaction: Transaction, vault: Vault, progress: Progress) -> bool:
    since = select(ErasedNumber.id).where(
        ErasedNumber.erased_at > progress.kept_at,
        ErasedNumber.msisdn_hash.in_(vault.msisdn_hashes(progress.key.msisdn)),
    )
    return transaction.scalars(since.limit(1)).first() is not None
