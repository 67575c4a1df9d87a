"""Tells whether the clock can be trusted: after a jump it must not move an agenda or send a digest too early."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

JUMP = 300.0
"""Seconds that the clock may differ from the time that has passed; a leap second or a slow NTP change is less."""
HELD = 900.0
"""Seconds after a jump until the clock is trusted again: either it is corrected by then, or the jump corrected it."""


def _seconds_passed() -> float:
    """Seconds from a fixed moment, including sleep of the machine where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class ClockGuard:
    """Compares the clock with the time that has passed in this process, from one call to the next."""

    def __init__(self, passed: Callable[[], float] = _seconds_passed) -> None:
        self._passed = passed
        self._last: tuple[datetime, float] | None = None
        self._held_until = 0.0

    def is_steady(self, now: datetime) -> bool:
        """Whether the clock agrees with the time that has passed, now and during the last `HELD` seconds."""
        passed = self._passed()
        if self._last:
            last, then = self._last
            if abs((now - last).total_seconds() - (passed - then)) > JUMP:
                self._held_until = passed + HELD
        self._last = now, passed
        return passed >= self._held_until
