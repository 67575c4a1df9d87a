"""Tells the worker that there is work. Redis carries the wake-up, never the work."""

from __future__ import annotations

import logging
import threading
import time
import uuid

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from gateway.runtime.circuit_breaker import CircuitBreakerRedis

QUEUE = "ccs"
DRAIN = "gateway.worker.jobs.drain"
PENDING = "ccs:nudged"
PENDING_FOR = 10
"""Seconds after which a wake-up that no worker has taken up is forgotten, so that the next one works: after a failure
Redis may hold a mark without a job."""
JOB_TIMEOUT = 180
JUST_AFTER = 0.05
"""Seconds to wait longer, so that the claim certainly sees the row that has become due."""
REST = 0.3
"""Seconds between two wake-ups of one process, except for emergencies. A job of RQ with its claims costs several times
what it costs to file a report, so under load one job reads many."""

log = logging.getLogger(__name__)


class WakeWorker:
    """One drain job waits at a time, however many concerns come.

    A mark in Redis makes the job unique. It is set with the job, and the job removes it before its first claim. So if
    a wake-up is refused, a claim that sees its row always follows; a wake-up after the removal gets a job of its own.
    RQ's own unique ids last until a job has ended. They would refuse a wake-up between the last empty claim and that
    end, or for as long as the job of a killed worker stays in the registry.
    """

    def __init__(self, redis: CircuitBreakerRedis) -> None:
        self._redis = redis
        self._alarm: threading.Timer | None = None
        self._soon: threading.Timer | None = None
        self._lock = threading.Lock()
        self._woken_at = -REST
        self._comes_soon = False

    def __call__(self, urgent: bool = False) -> None:
        """Call it after the commit. It wakes the worker at once, or `REST` seconds after the last time.

        If the work is `urgent`, it always wakes the worker at once. Redis away is no error: the worker looks by itself
        (`gateway.worker.database_watch`).
        """
        with self._lock:
            if self._comes_soon and not urgent:
                return
            pause = 0.0 if urgent else self._woken_at + REST - time.monotonic()
            if pause > 0:
                self._comes_soon = True
            else:
                self._woken_at = time.monotonic()
        if pause <= 0:
            self._wake()
        else:
            self._soon = threading.Timer(pause, self._wake_soon)
            self._soon.daemon = True
            self._soon.start()

    def _wake_soon(self) -> None:
        with self._lock:
            self._woken_at, self._comes_soon = time.monotonic(), False
        self._wake()

    def _wake(self) -> None:
        try:
            if self._redis.round_trip(("SET", PENDING, 1, "NX", "EX", PENDING_FOR))[0]:
                enqueue_drain(self._redis)
        except RedisError as error:
            log.warning("the worker could not be woken (%s); it will find the work", type(error).__name__)

    def later(self, seconds: float) -> None:
        """Wakes the worker after a pause; only the last call counts. If this process ends, the sweep finds the work."""
        if self._alarm:
            self._alarm.cancel()
        self._alarm = threading.Timer(seconds + JUST_AFTER, self)
        self._alarm.daemon = True
        self._alarm.start()

    def close(self) -> None:
        """Drops the wake-ups that have not come yet, and waits for one that is under way."""
        _end(self._alarm)
        _end(self._soon)  # which the alarm may have set

    def taken_up(self) -> None:
        """Removes the mark; the drain job calls this first. A mark that cannot be removed expires by itself."""
        try:
            self._redis.delete(PENDING)
        except RedisError as error:
            log.warning("the nudge's mark stays for a moment (%s)", type(error).__name__)


def _end(timer: threading.Timer | None) -> None:
    if timer:
        timer.cancel()
        timer.join()


def enqueue_drain(redis: Redis) -> None:
    """Enqueues one drain job, whether or not another waits. Raises `RedisError`."""
    Queue(QUEUE, connection=redis).enqueue(
        DRAIN, job_id=f"drain-{uuid.uuid4().hex}", job_timeout=JOB_TIMEOUT, result_ttl=0, failure_ttl=3600
    )
