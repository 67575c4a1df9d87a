"""Whether the clock can be trusted just now: one that has jumped must not move an agenda or send a digest early."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

JUMP = 300.0
"""Seconds by which the clock may run ahead of, or behind, the time that has passed; a leap or a slow NTP is less."""
HELD = 900.0
"""Seconds after a jump until the clock is believed again: somebody has set it right by then, or it was wrong before."""


def _seconds_passed() -> float:
    """Also while the machine slept, where the system can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class ClockGuard:
    """Holds the clock against the time that has passed in this process, from one question to the next."""

    def __init__(self, passed: Callable[[], float] = _seconds_passed) -> None:
        self._passed = passed
        self._last: tuple[datetime, float] | None = None
        self._held_until = 0.0

    def is_steady(self, now: datetime) -> bool:
        """Whether the clock agrees with the time that has passed since the last question, and has for a while."""
        passed = self._passed()
        if self._last:
            last, then = self._last
            if abs((now - last).total_seconds() - (passed - then)) > JUMP:
                self._held_until = passed + HELD
        self._last = now, passed
        return passed >= self._held_until
