"""A Redis that does not answer is left alone for a moment, so that not every hop waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError, RedisError, TimeoutError

REST = 5.0
"""Seconds without a try after one that failed."""


class RestingRedis(Redis):
    """A client that, after a failure to connect or to answer in time, fails at once for a few seconds."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    _rests_until = 0.0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self._rest()
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (ConnectionError, TimeoutError):
            self._rests_until = self.clock() + REST
            raise

    def _rest(self) -> None:
        if self.clock() < self._rests_until:
            raise RedisError("Redis did not answer a moment ago")
