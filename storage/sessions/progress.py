"""The progress of USSD sessions, kept in Redis until it is written to the database after the answer to the phone.

Progress is the language that a newcomer chose, and the unfinished report. Each number has one encrypted entry. It
becomes empty when the session sends its report: then a worker that is just writing the entry to the database deletes
the draft again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.concerns.unfinished_reports import Unsent, drop_draft, keep_draft, may_be_asked
from storage.connection import connection_of
from storage.people.contacts import ensure_contact, find_contact, keep_for_draft
from storage.safety.vault import Vault, VaultError
from storage.sessions.filed import SessionKey, find_filed
from storage.tables.concerns import Draft, ErasedNumber
from storage.tables.people import Contact

NAME = "ussd-progress"
PURPOSE = "ussd progress"
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
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
"""Deletes written entries that have not changed since; returns the names of those that became empty meanwhile."""


class RoundTrips(Protocol):
    """A Redis client that sends several commands at once (`gateway.runtime.circuit_breaker`)."""

    def round_trip(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        """The replies to the commands. Raises `RedisError`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of one session: its `language` and its `unsent` report; None if there is none or it was dropped.
    `run` is the name of the session among those with the same key."""

    key: SessionKey
    run: str
    language: str | None
    unsent: Unsent | None
    kept_at: datetime

    def encode(self) -> bytes:
        """The progress as JSON, for encryption."""
        unsent = [self.unsent.screen, self.unsent.answers] if self.unsent else None
        values = [*self.key.parts, self.run, self.language, unsent, self.kept_at.isoformat()]
        return _COMPACT.encode(values).encode()

    @staticmethod
    def decode(kept: bytes) -> Progress:
        """The progress in this JSON. Raises `ValueError` or `TypeError` if another release kept it."""
        provider, session_id, number, run, language, unsent, kept_at = json.loads(kept)
        key = SessionKey(provider, session_id, Msisdn(number))
        return Progress(key, run, language, Unsent(*unsent) if unsent else None, datetime.fromisoformat(kept_at))


class ProgressStore:
    """The entries in Redis, each under its number's keyed hash (`storage.sessions.in_redis.Marks`).

    A method raises `RedisError` only if its docstring says so.
    """

    def __init__(self, redis: RoundTrips, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    def keeping(self, number: str, progress: Progress) -> tuple[str, str, str, bytes]:
        """The Redis command that keeps a number's entry."""
        return "HSET", NAME, number, self._vault.seal_bytes(PURPOSE, progress.encode())

    def looking_up(self, number: str) -> tuple[str, str, str]:
        """The Redis command that gets a number's entry; `opened` reads its reply."""
        return "HGET", NAME, number

    def opened(self, reply: bytes | None) -> Progress | None:
        """The entry in a reply of Redis; None if there is none, or if it cannot be read."""
        if not reply:
            return None
        try:
            return Progress.decode(self._vault.open_bytes(PURPOSE, reply))
        except (VaultError, ValueError, TypeError):
            return None  # its encryption key is gone, or another release kept it

    def take(self, number: str) -> bytes | None:
        """Takes a number's entry and leaves it empty, before its report is filed. `put_back` undoes it."""
        try:
            (reply,) = self._redis.round_trip(("EVAL", _TAKE, 1, NAME, number))
        except RedisError:
            return None
        return reply or None

    def put_back(self, number: str, entry: bytes) -> None:
        """Puts a taken entry back, because the filing of its report failed."""
        with contextlib.suppress(RedisError):
            self._redis.round_trip(("HSET", NAME, number, entry))

    def forget(self, number: str) -> None:
        """Deletes a number's entry. Raises `RedisError`."""
        self._redis.round_trip(("HDEL", NAME, number))

    def waiting(self, most: int) -> Iterator[dict[bytes, bytes]]:
        """All entries that wait, by their name, in groups of about `most`. Raises `RedisError`."""
        cursor: str | bytes | int = 0
        while True:
            ((cursor, pairs),) = self._redis.round_trip(("HSCAN", NAME, cursor, "COUNT", most))
            yield dict(zip(pairs[::2], pairs[1::2], strict=True))
            if int(cursor) == 0:
                return

    def done(self, written: Mapping[bytes, bytes]) -> Collection[bytes]:
        """Deletes entries that were written to the database; returns the names of those that became empty meanwhile.

        Raises `RedisError`.
        """
        arguments = [part for pair in written.items() for part in pair]
        (dropped,) = self._redis.round_trip(("EVAL", _DONE, 1, NAME, *arguments))
        return set(dropped)


def write_progress(transaction: Transaction, vault: Vault, progress: Progress) -> None:
    """Writes progress that waited in Redis, unless its report was sent or its number erased since. Repeatable."""
    filed = find_filed(connection_of(transaction), vault, progress.key)
    was_sent = filed is not None and filed.concern_id is not None and filed.run != progress.run
    if not was_sent and not _is_erased(transaction, vault, progress):
        keep_progress(transaction, vault, progress)


def keep_progress(transaction: Transaction, vault: Vault, progress: Progress) -> None:
    """Writes the progress of a session: the language on the contact, and the draft."""
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
    """Deletes the drafts of entries that were written while their sessions sent the reports."""
    for progress in group:
        if contact := find_contact(transaction, vault, progress.key.msisdn):
            _drop_own_draft(transaction, contact, progress.key.marks(vault, progress.run))


def _drop_own_draft(transaction: Transaction, contact: Contact, marks: Sequence[bytes]) -> None:
    draft = transaction.get(Draft, contact.id)
    if draft and draft.session_hash in marks:
        drop_draft(transaction, contact)


def note_erased(transaction: Transaction, vault: Vault, number: Msisdn, now: datetime) -> None:
    """Records the erasure of a number without a contact, so that progress that the worker is just writing is not
    kept."""
    transaction.add(ErasedNumber(msisdn_hash=vault.msisdn_hashes(number)[0], erased_at=now))


def _is_erased(transaction: Transaction, vault: Vault, progress: Progress) -> bool:
    since = select(ErasedNumber.id).where(
        ErasedNumber.erased_at > progress.kept_at,
        ErasedNumber.msisdn_hash.in_(vault.msisdn_hashes(progress.key.msisdn)),
    )
    return transaction.scalars(since.limit(1)).first() is not None
