"""Limits the password hashes computed at once: each takes a core and 64 MB, and each one that waits takes a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """Too many hashes wait already."""


class HashSlots:
    """One hash at a time in this process and one that waits; further ones are refused at once."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(2)
        self._core = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Waits for the turn of one hash. Raises `Busy` if another one waits already."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with self._core:
                yield
        finally:
            self._places.release()
