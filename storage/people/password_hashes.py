"""Argon2 hashes of passwords and PINs. A hash costs 30 to 100 ms of a core: none is computed while others wait.

SQLite has one lock for all who write. So every function here refuses to run inside a write transaction, and
`hash_outside` lets code that finds out inside a transaction which hash it needs have it computed outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.database import is_writing

# Both use one core: the others answer citizens meanwhile.
PASSWORD = PasswordHasher(parallelism=1)
PIN = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""A PIN has few digits: the lock after three tries protects it. A phone waits for this hash, so it is light."""
LONGEST = 1000
"""Characters of a password that are looked at."""
Result = TypeVar("Result")


class HashedWhileWriting(RuntimeError):
    """A hash was asked for inside a write transaction, where every other writer would wait for it."""


def hash_secret(secret: str, hasher: PasswordHasher) -> str:
    """The argon2 hash of a password or PIN. Raises `HashedWhileWriting` inside a write transaction."""
    _refuse_while_writing()
    return hasher.hash(secret[:LONGEST])


def is_secret(kept_hash: str, secret: str, hasher: PasswordHasher) -> bool:
    """Whether a hash is this secret's; false for a malformed hash. Raises `HashedWhileWriting`."""
    _refuse_while_writing()
    try:
        return hasher.verify(kept_hash, secret[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


def _refuse_while_writing() -> None:
    if is_writing():
        raise HashedWhileWriting


class HashNeeded(Exception):
    """Ends a transaction that needs a hash; `hash_outside` computes it and begins the work anew."""

    def __init__(self, kept_hash: str | None, pin: str) -> None:
        super().__init__("a PIN has to be hashed outside of the transaction")
        self.kept_hash, self.pin = kept_hash, pin


@dataclass(frozen=True, slots=True)
class PinHashes:
    """What one request has had computed so far. A PIN is in memory alone, for the length of its request.

    An answer holds for one kept hash: where another request has changed that meanwhile, it is computed again.
    """

    _verified: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False)
    _new: dict[str, str] = field(default_factory=dict, repr=False)

    def is_right(self, kept_hash: str, pin: str) -> bool:
        """Whether a kept hash is this PIN's. Raises `HashNeeded` until that is computed."""
        if (kept_hash, pin) not in self._verified:
            raise HashNeeded(kept_hash, pin)
        return self._verified[kept_hash, pin]

    def new(self, pin: str) -> str:
        """A hash for a PIN that is chosen. Raises `HashNeeded` until that is computed."""
        if pin not in self._new:
            raise HashNeeded(None, pin)
        return self._new[pin]

    def compute(self, needed: HashNeeded) -> None:
        """Computes the hash that a transaction asked for. Raises `HashedWhileWriting` if it is still open."""
        if needed.kept_hash is None:
            self._new[needed.pin] = hash_secret(needed.pin, PIN)
        else:
            right = is_secret(needed.kept_hash, needed.pin, PIN)
            self._verified[needed.kept_hash, needed.pin] = right


def hash_outside(work: Callable[[PinHashes], Result]) -> Result:
    """The result of `work`, which opens its own transaction and is run again after each hash that it needs.

    So it must do nothing outside of that transaction that cannot be done twice. It ends: each run knows one hash more,
    and after three wrong PINs the lock asks for none.
    """
    hashes = PinHashes()
    while True:
        try:
            return work(hashes)
        except HashNeeded as needed:
            hashes.compute(needed)
