"""How many password hashes are computed at once: each takes a core and 64 MB, and whoever waits takes a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """Too many wait already."""


class HashSlots:
    """One hash at a time in this process and one that waits; further ones are sent away at once."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(2)
        self._core = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises `Busy`."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            with self._core:
                yield
        finally:
            self._places.release()
