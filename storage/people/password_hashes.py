"""Argon2 hashes of passwords and PINs. A hash takes 30 to 100 ms of a core, so none is computed while others wait.
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

# Both use one core, so that the other cores can answer citizens.
PASSWORD = PasswordHasher(parallelism=1)
PIN = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""A PIN has few digits: the lock after three tries protects it. A phone waits for this hash, so it is light."""
LONGEST = 1000
"""Characters of a password that are used; further ones are ignored."""
Result = TypeVar("Result")


class HashedWhileWriting(RuntimeError):
    """A hash was requested inside a write transaction, where every other writer would wait for it."""


def hash_secret(secret: str, hasher: PasswordHasher) -> str:
    """The argon2 hash of a password or PIN. Raises `HashedWhileWriting` inside a write transaction."""
    _refuse_while_writing()
    return hasher.hash(secret[:LONGEST])


def is_secret(kept_hash: str, secret: str, hasher: PasswordHasher) -> bool:
    """Whether a secret matches a hash; false for a malformed hash. Raises `HashedWhileWriting`."""
    _refuse_while_writing()
    try:
        return hasher.verify(kept_hash, secret[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


def _refuse_while_writing() -> None:
    if is_writing():
        raise HashedWhileWriting


class HashNeeded(Exception):
    """Ends a transaction that needs a hash. `hash_outside` computes the hash and starts the work again."""

    def __init__(self, kept_hash: str | None, pin: str) -> None:
        super().__init__("a PIN has to be hashed outside of the transaction")
        self.kept_hash, self.pin = kept_hash, pin


@dataclass(frozen=True, slots=True)
class PinHashes:
    """The hashes that one request has computed so far. A PIN is only in memory, for the length of its request.

    A result is valid for one stored hash: if another request changed that hash, it is computed again.
    """

    _verified: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False)
    _new: dict[str, str] = field(default_factory=dict, repr=False)

    def is_right(self, kept_hash: str, pin: str) -> bool:
        """Whether a PIN matches a stored hash. Raises `HashNeeded` until that is computed."""
        if (kept_hash, pin) not in self._verified:
            raise HashNeeded(kept_hash, pin)
        return self._verified[kept_hash, pin]

    def new(self, pin: str) -> str:
        """The hash of a new PIN. Raises `HashNeeded` until it is computed."""
        if pin not in self._new:
            raise HashNeeded(None, pin)
        return self._new[pin]

    def compute(self, needed: HashNeeded) -> None:
        """Computes the hash that a transaction needs. Raises `HashedWhileWriting` if that transaction is still open."""
        if needed.kept_hash is None:
            self._new[needed.pin] = hash_secret(needed.pin, PIN)
        else:
            right = is_secret(needed.kept_hash, needed.pin, PIN)
            self._verified[needed.kept_hash, needed.pin] = right


def hash_outside(work: Callable[[PinHashes], Result]) -> Result:
    """The result of `work`, which opens its own transaction and runs again after each hash that it needs.

    Outside of that transaction, `work` must do nothing that may not be repeated. The loop ends: each run knows one more
    hash, and after three wrong PINs the lock needs none.
    """
    hashes = PinHashes()
    while True:
        try:
            return work(hashes)
        except HashNeeded as needed:
            hashes.compute(needed)
