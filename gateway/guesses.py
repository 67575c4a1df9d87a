"""Who guesses at webhook addresses or passwords is slowed down: after some misses nothing is answered for a while."""

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


class Guesses:
    """Counts misses by caller, in this process alone: the good way must not cost a look at Redis."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._misses: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def missed(self, caller: str) -> None:
        now = self._clock()
        with self._lock:
            began, count = self._misses.pop(caller, (now, 0))
            self._misses[caller] = (now, 1) if now - began > WINDOW else (began, count + 1)
            while len(self._misses) > KEPT:
                self._misses.popitem(last=False)

    def has_to_wait(self, caller: str) -> bool:
        began, count = self._misses.get(caller, (0.0, 0))
        return count > MOST and self._clock() - began <= WINDOW
