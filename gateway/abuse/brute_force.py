"""Who guesses at webhook addresses gets nothing but a 429 after some misses; a right address is always served."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 20
"""Misses of one caller within a minute; a provider that is set up wrongly makes a few, a guesser thousands."""
WINDOW = 60.0
KEPT = 10_000
"""Callers that are remembered; the oldest go first."""


class BruteForceGuard:
    """Counts misses by caller, in this process alone: the good way must not cost a look at Redis."""

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
