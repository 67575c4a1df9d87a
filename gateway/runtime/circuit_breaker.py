"""A circuit breaker for Redis: after a failure it is not called for a moment, so that not every request waits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hiredis import pack_command
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError

REST = 5.0
"""Seconds without a try after a failed one."""
Command = tuple[str | bytes | int, ...]
"""A command of Redis with its arguments, as in `("SET", name, value)`."""


class CircuitBreakerRedis(Redis):
    """A client that, after a failure to connect or to answer in time, fails at once for a few seconds."""

    clock: Callable[[], float] = staticmethod(time.monotonic)
    rest = REST
    _open_until = 0.0
    _failed_at: float | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._idle: deque[Any] = deque()

    def round_trip(self, *commands: Command) -> list[Any]:
        """Sends several commands at once and returns their replies as Redis sends them.

        A pipeline does the same with three times the CPU: it counts, times and retries, and asks the system each time
        whether its connection is still open. Raises `RedisError`, also if only one command was refused.
        """
        with self.attempt():
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self.connection_pool.make_connection()
            try:
                return _exchange(connection, commands)
            except ConnectionError:
                # The server may have closed the idle connection. So every command must be safe to send twice.
                connection.disconnect()
                return _exchange(connection, commands)
            finally:
                self._idle.append(connection)

    def close(self) -> None:
        """Closes all connections."""
        while self._idle:
            self._idle.pop().disconnect()
        super().close()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Sends one command, as one try. Raises `RedisError`."""
        with self.attempt():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """Returns a pipeline that uses this circuit breaker."""
        made = CircuitBreakerPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.breaker = self
        return made

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """One try. Raises `RedisError` at once during the seconds after a failure."""
        if self.clock() < self._open_until:
            raise RedisError("Redis did not answer a moment ago")
        try:
            yield
        except (ConnectionError, TimeoutError):
            self._failed_at = self.clock()
            self._open_until = self._failed_at + self.rest
            raise

    def has_failed_within(self, seconds: float) -> bool:
        """Whether a try has failed within these seconds, so that something may not have been stored."""
        return self._failed_at is not None and self.clock() - self._failed_at < seconds


def _exchange(connection: Any, commands: Sequence[Command]) -> list[Any]:
    """Sends the commands and reads the replies. The connection is closed unless every reply has come."""
    replies: list[Any] = []
    refused: ResponseError | None = None
    try:
        packed = [pack_command(command) for command in commands]  # type: ignore[arg-type]
        connection.send_packed_command([b"".join(packed)])
        for _ in commands:
            try:
                replies.append(connection.read_response())
            except ResponseError as error:
                refused = error
    except BaseException:
        connection.disconnect()
        raise
    if refused:
        raise refused
    return replies


class CircuitBreakerPipeline(Pipeline):
    """Several commands in one try of its client."""

    breaker: CircuitBreakerRedis

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends the commands and returns their replies. Raises `RedisError`."""
        with self.breaker.attempt():
            return super().execute(raise_on_error)
