"""USSD sessions in Redis, sealed: they hold a citizen's words for a minute or two."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

from redis import Redis
from redis.exceptions import RedisError

from flows.conversation.session import Session
from flows.msisdn import Msisdn
from storage.safety.vault import Vault, VaultError
from storage.sessions.filed import SessionKey

KEPT = 600
"""Seconds; an operator allows a session about 180."""
PURPOSE = "ussd session"


class SessionStore:
    """Keeps one session for each key. Redis away is no error: the session is rebuilt by replay."""

    def __init__(self, redis: Redis, vault: Vault) -> None:
        self._redis = redis
        self._vault = vault

    def load(self, key: SessionKey, counters: Sequence[tuple[str, int]]) -> tuple[Session | None, list[int] | None]:
        """The session, and how far each of `counters` (name, seconds) has come with this request; in one round trip.

        Both None with Redis away.
        """
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.get(self._name(key))
                for name, seconds in counters:
                    pipe.incr(name)
                    pipe.expire(name, seconds)
                kept, *counted = pipe.execute()
        except RedisError:
            return None, None
        counts = counted[::2]
        if not isinstance(kept, bytes):
            return None, counts
        try:
            return Session.decode(self._vault.open_bytes(PURPOSE, kept)), counts
        except (VaultError, ValueError, TypeError):
            return None, counts  # sealed with a key that is gone, or kept by another version: replay it

    def keep(self, key: SessionKey, session: Session) -> None:
        try:
            sealed = self._vault.seal_bytes(PURPOSE, session.encode())
            self._redis.set(self._name(key), sealed, ex=KEPT)
        except RedisError:
            return

    def forget(self, number: Msisdn) -> None:
        """Drops the sessions of a number."""
        try:
            if names := list(self._redis.scan_iter(f"{self._of(number)}*", count=1000)):
                self._redis.delete(*names)
        except RedisError:
            return  # they run out within ten minutes

    def _name(self, key: SessionKey) -> str:
        return self._of(key.msisdn) + key.hashes(self._vault)[0].hex()[:40]

    def _of(self, number: Msisdn) -> str:
        return f"ussd:{self._vault.msisdn_hashes(number)[0].hex()[:20]}:"


def heard(session: Session, text: str) -> Session:
    """The session, remembering how much of the provider's whole text it has taken in."""
    return replace(session, heard=len(text), heard_mark=zlib.crc32(text.encode("utf-8", "surrogatepass")))


def new_input(session: Session, text: str) -> str | None:
    """What was typed since, given the whole text again; None when the text does not go on from there."""
    before = text[: session.heard]
    if len(before) < session.heard or heard(session, before).heard_mark != session.heard_mark:
        return None
    rest = text[session.heard :]
    if not rest:
        return ""
    if session.heard == 0:
        return rest
    return rest[1:] if rest.startswith("*") else None
