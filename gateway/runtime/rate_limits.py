"""Rate limits: counted in Redis for all processes or, while Redis is away, in this process alone.

The library `limits` is not used, because it calls Redis by itself; here the counters of a USSD request are sent in one
round trip with the look-up of its session.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from gateway.runtime.circuit_breaker import CircuitBreakerRedis, Command

MOST_LOCAL = 50_000
"""Counters that a process keeps while Redis is away; beyond this number all are cleared."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `most` of `what` in a window of `seconds`."""

    what: str
    seconds: int
    most: float


@dataclass
class RateLimits:
    """Counts within windows; `clock` gives seconds since 1970."""

    redis: CircuitBreakerRedis
    clock: Callable[[], float] = time.time
    _local: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_over(self, limit: RateLimit) -> bool:
        """Counts one more; returns whether it was one too many."""
        return self.count(limit) > limit.most

    def count(self, limit: RateLimit, by: int = 1) -> int:
        """Counts `by` more in the current window; returns the count so far."""
        (count,) = self.count_all([limit], by)
        return count

    def count_all(self, limits: Sequence[RateLimit], by: int = 1) -> list[int]:
        """Counts `by` more for each limit, in one round trip to Redis; returns the counts so far."""
        keys = [self.key(limit.what, limit.seconds) for limit in limits]
        counting: list[Command] = [("INCRBY", key, by) for key in keys]
        expiring: list[Command] = [("EXPIRE", key, limit.seconds) for key, limit in zip(keys, limits, strict=True)]
        try:
            return [int(count) for count in self.redis.round_trip(*counting, *expiring)[: len(keys)]]
        except RedisError:
            return [self.count_here(key, by) for key in keys]

    def forgive(self, limit: RateLimit) -> None:
        """Takes one back from the current window, because it should not count."""
        key = self.key(limit.what, limit.seconds)
        try:
            self.redis.decr(key)
        except RedisError:
            with self._lock:
                self._local[key] -= 1

    def key(self, what: str, seconds: int) -> str:
        """Returns the name of the current window's counter in Redis, for callers that count it with other commands."""
        return f"limit:{what}:{int(self.clock()) // seconds}"

    def count_here(self, key: str, by: int = 1) -> int:
        """Counts in this process alone; returns the count so far."""
        with self._lock:
            if len(self._local) > MOST_LOCAL:
                self._local.clear()
            self._local[key] += by
            return self._local[key]
