"""Counts wrong webhook addresses and API tokens by caller: after some, 429. A right one is always served."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 20
"""Misses of one caller within a minute. A provider that is set up wrongly makes a few, a guesser thousands."""
WINDOW = 60.0
KEPT = 10_000
"""Callers that are remembered; beyond that the oldest are forgotten."""


class BruteForceGuard:
    """Counts misses by caller, in this process alone, so that a right request costs no look at Redis."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._misses: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def missed(self, caller: str) -> bool:
        """Counts one more miss and says whether the caller has made too many."""
        now = self._clock()
        with self._lock:
            began, count = self._misses.pop(caller, (now, 0))
            began, count = (now, 1) if now - began > WINDOW else (began, count + 1)
            self._misses[caller] = began, count
            while len(self._misses) > KEPT:
                self._misses.popitem(last=False)
        return count > MOST
