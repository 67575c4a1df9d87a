"""Counts wrong webhook addresses and API tokens by caller; too many are answered 429. A right one always works."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 20
"""Misses of one caller within a minute. A misconfigured provider makes a few, an attacker makes thousands."""
WINDOW = 60.0
"""Seconds."""
KEPT = 10_000
"""Callers that are remembered; the oldest are forgotten first."""


class BruteForceGuard:
    """Counts misses by caller in this process only, so that a right request needs no call to Redis."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._misses: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def missed(self, caller: str) -> bool:
        """Counts one more miss; returns whether the caller has made too many."""
        now = self._clock()
        with self._lock:
            began, count = self._misses.pop(caller, (now, 0))
            began, count = (now, 1) if now - began > WINDOW else (began, count + 1)
            self._misses[caller] = began, count
            while len(self._misses) > KEPT:
                self._misses.popitem(last=False)
        return count > MOST
