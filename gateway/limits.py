"""How often somebody may come: counted in Redis for all processes or, while that is away, in this one alone.

What is over a limit is never thrown away: it waits for a person, and an emergency passes.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from redis import Redis
from redis.exceptions import RedisError

MOST_LOCAL = 50_000
"""Counters that a process keeps while Redis is away; beyond it the oldest window goes."""


@dataclass
class Limits:
    """Counts within windows of `seconds`; `clock` gives seconds since 1970."""

    redis: Redis
    clock: Callable[[], float] = time.time
    _local: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, seconds: int) -> int:
        """Counts one more of `what` in the current window and says how many that makes."""
        key = self.key(what, seconds)
        try:
            with self.redis.pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, seconds)
                return int(pipe.execute()[0])
        except RedisError:
            return self.count_here(key)

    def key(self, what: str, seconds: int) -> str:
        """The counter's name in Redis, for those who count it together with something else."""
        return f"limit:{what}:{int(self.clock()) // seconds}"

    def count_here(self, key: str) -> int:
        """Counts in this process alone."""
        with self._lock:
            if len(self._local) > MOST_LOCAL:
                self._local.clear()
            self._local[key] += 1
            return self._local[key]
