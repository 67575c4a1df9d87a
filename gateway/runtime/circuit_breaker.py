"""A Redis that does not answer is left alone for a moment, so that not every request waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError, RedisError, TimeoutError

REST = 5.0
"""Seconds without a try after one that failed."""


class CircuitBreakerRedis(Redis):
    """A client that, after a failure to connect or to answer in time, fails at once for a few seconds."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    rest = REST
    _open_until = 0.0
    _failed_at: float | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with self.attempt():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        made = CircuitBreakerPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.breaker = self
        return made

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One try. Raises `RedisError` at once while it rests."""
        if self.clock() < self._open_until:
            raise RedisError("Redis did not answer a moment ago")
        try:
            yield
        except (ConnectionError, TimeoutError):
            self._failed_at = self.clock()
            self._open_until = self._failed_at + self.rest
            raise

    def has_failed_within(self, seconds: float) -> bool:
        """Whether something that was to be kept may not have been."""
        return self._failed_at is not None and self.clock() - self._failed_at < seconds


class CircuitBreakerPipeline(Pipeline):
    """Several commands in one try of the client that it comes from."""

    breaker: CircuitBreakerRedis

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with self.breaker.attempt():
            return super().execute(raise_on_error)
