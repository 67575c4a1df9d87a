"""USSD sessions in Redis. They are encrypted, because they contain a citizen's text."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from redis.exceptions import RedisError

from flows.conversation.session import Session
from flows.msisdn import Msisdn
from storage.safety.vault import Vault, VaultError
from storage.sessions.filed import SessionKey
from storage.sessions.progress import Progress, ProgressStore, RoundTrips

KEPT = 600
"""Seconds that a session is kept. Operators allow a session about 180."""
PURPOSE = "ussd session"


class SessionRedis(RoundTrips, Protocol):
    """The methods of a Redis client that sessions need."""

    def scan_iter(self, match: str, count: int) -> Iterable[bytes]: ...
    def delete(self, *names: bytes) -> Any: ...


@dataclass(frozen=True, slots=True)
class Marks:
    """The keyed hashes of a session and of its phone number, in hexadecimal, for keys in Redis."""

    number: str
    session: str

    @staticmethod
    def of(vault: Vault, key: SessionKey) -> Marks:
        """The marks with the newest secret."""
        return Marks(vault.msisdn_hashes(key.msisdn)[0].hex(), key.hashes(vault)[0].hex())

    @property
    def name(self) -> str:
        """The session's key in Redis."""
        return f"ussd:{self.number[:20]}:{self.session[:40]}"


@dataclass(frozen=True, slots=True)
class RequestCounter:
    """A limit of `most` requests of one number or session in a window of `seconds`. It is a `field` of a Redis hash;
    each window has its own hash."""

    name: str
    field: str
    seconds: int
    most: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session as loaded from Redis; `counts` is None if Redis is not available. `progress` of this number is not
    written to the database yet."""

    session: Session | None
    counts: list[int] | None
    progress: Progress | None = None


class SessionStore:
    """Keeps one session for each key. If Redis is not available, that is no error: sessions are rebuilt by replay."""

    def __init__(self, redis: SessionRedis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault
        self.progress = ProgressStore(redis, vault)

    def load(self, marks: Marks, counters: Sequence[RequestCounter], begins: bool) -> Loaded:
        """Loads a session and increments the counters, in one round trip to Redis.

        If the request `begins` a session, the progress of the number's last session is loaded too.
        """
        asked = [self.progress.looking_up(marks.number)] if begins else []
        try:
            kept, *replies = self._redis.round_trip(("GET", marks.name), *map(_counted, counters), *asked)
        except RedisError:
            return Loaded(None, None)
        progress = self.progress.opened(replies.pop()) if begins else None
        if not isinstance(kept, bytes):
            return Loaded(None, replies, progress)
        try:
            return Loaded(Session.decode(self._vault.open_bytes(PURPOSE, kept)), replies, progress)
        except (VaultError, ValueError, TypeError):
            return Loaded(None, replies, progress)  # its encryption key is gone, or another release kept it: replay

    def count(self, counters: Sequence[RequestCounter]) -> list[int] | None:
        """Increments the counters and returns them; None if Redis is not available."""
        try:
            counts = self._redis.round_trip(*map(_counted, counters))
            if begun := _begun(counters, counts):
                self._redis.round_trip(*begun)
        except RedisError:
            return None
        return counts

    def keep(
        self,
        marks: Marks,
        session: Session,
        counters: Sequence[RequestCounter] = (),
        counts: Sequence[int] = (),
        progress: Progress | None = None,
    ) -> bool:
        """Keeps a session with its progress, in one round trip; returns false if Redis is not available.

        Counters whose first request this is get their expiry time.
        """
        sealed = self._vault.seal_bytes(PURPOSE, session.encode())
        waiting = [self.progress.keeping(marks.number, progress)] if progress else []
        kept = ("SET", marks.name, sealed, "EX", KEPT)
        try:
            self._redis.round_trip(kept, *_begun(counters, counts), *waiting)
        except RedisError:
            return False
        return True

    def forget(self, number: Msisdn) -> None:
        """Deletes the sessions of a number, and their progress that is not written to the database yet."""
        try:
            hashed = self._vault.msisdn_hashes(number)[0].hex()
            self.progress.forget(hashed)
            if names := list(self._redis.scan_iter(f"ussd:{hashed[:20]}:*", count=1000)):
                self._redis.delete(*names)
        except RedisError:
            return  # they expire within ten minutes


def _counted(counter: RequestCounter) -> tuple[str, str, str, int]:
    return "HINCRBY", counter.name, counter.field, 1


def _begun(counters: Sequence[RequestCounter], counts: Sequence[int]) -> list[tuple[str, str, int]]:
    """The commands that set the expiry time of counters with the value one."""
    pairs = zip(counters, counts, strict=False)
    return [("EXPIRE", counter.name, counter.seconds) for counter, count in pairs if count == 1]


def heard(session: Session, text: str, run: str = "") -> Session:
    """The session with the length and checksum of the provider's whole text so far, and with the session's name."""
    return replace(session, heard=len(text), heard_mark=_mark(text), run=run)


def _mark(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def new_input(session: Session, text: str) -> str | None:
    """The input since the last request, from the provider's whole text; None if the text does not continue the last."""
    before = text[: session.heard]
    if len(before) < session.heard or _mark(before) != session.heard_mark:
        return None
    rest = text[session.heard :]
    if not rest:
        return ""
    if session.heard == 0:
        return rest
    return rest[1:] if rest.startswith("*") else None
