"""Waits until another process or thread has done something, and measures how long something took.

Both go by `running_seconds`: machines on which tests run stand still for a second now and then, and what a gateway
could not do in that second is no fault of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
TICK = 0.05
LONGEST = 0.25
"""Seconds that count between two ticks, however long it was: what is more, the machine stood still."""


class _Ticking(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._counted = 0.0
        self._ticked_at = time.monotonic()
        self._lock = threading.Lock()

    def run(self) -> None:
        while True:
            time.sleep(TICK)
            self.seconds()

    def seconds(self) -> float:
        """Counts what has passed since this was last called, but no more than `LONGEST`."""
        with self._lock:
            now = time.monotonic()
            self._counted += min(now - self._ticked_at, LONGEST)
            self._ticked_at = now
            return self._counted


_ticking = _Ticking()
_ticking.start()


def running_seconds() -> float:
    """Like `time.monotonic`, but it goes on by a quarter of a second at most while this process stands still."""
    return _ticking.seconds()


def seconds_of(act: Callable[[], object]) -> float:
    """For how many seconds `act` ran."""
    began = running_seconds()
    act()
    return running_seconds() - began


def eventually(look: Callable[[], Value], seconds: float = 20.0) -> Value:
    """Calls `look` until it returns something true, and returns that; fails after `seconds` with the last value."""
    until = running_seconds() + seconds
    while True:
        value = look()
        if value:
            return value
        if running_seconds() > until:
            raise AssertionError(f"still {value!r} after {seconds:.0f} s")
        time.sleep(0.02)
