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
"""Seconds after which a wake-up that no worker has taken up is forgotten, so that the next one goes through: a Redis
that hung may hold a mark whose job never came."""
JOB_TIMEOUT = 180
JUST_AFTER = 0.05
"""Seconds, so that a claim surely sees what was waited for."""
REST = 0.1
"""Seconds between two wake-ups of one process. A job of RQ costs several times what it costs to file a report."""

log = logging.getLogger(__name__)


class WakeWorker:
    """One drain job waits at a time, however many concerns come.

    The mark in Redis is what makes the job unique. It is set with the job and taken away by the job's first
    act, before its first claim: a wake-up that is refused is therefore always followed by a claim that sees its
    row, and one that comes after it gets a job of its own. RQ's own unique ids last until a job has ended, and
    would refuse a wake-up between the last empty claim and that end, or for as long as a killed worker's job lies
    in the registry.
    """

    def __init__(self, redis: CircuitBreakerRedis) -> None:
        self._redis = redis
        self._alarm: threading.Timer | None = None
        self._lock = threading.Lock()
        self._woken_at = -REST
        self._comes_soon = False

    def __call__(self) -> None:
        """Call it after the commit. It wakes the worker at once, or `REST` seconds after the last time.

        Redis away is no error: the worker looks by itself (`gateway.worker.database_watch`).
        """
        with self._lock:
            if self._comes_soon:
                return
            pause = self._woken_at + REST - time.monotonic()
            self._comes_soon = pause > 0
            if not self._comes_soon:
                self._woken_at = time.monotonic()
        if pause <= 0:
            self._wake()
        else:
            soon = threading.Timer(pause, self._wake_soon)
            soon.daemon = True
            soon.start()

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
        """Nudges after a pause, from this process; the last call counts. A process that ends leaves it to the sweep."""
        if self._alarm:
            self._alarm.cancel()
        self._alarm = threading.Timer(seconds + JUST_AFTER, self)
        self._alarm.daemon = True
        self._alarm.start()

    def taken_up(self) -> None:
        """The drain job's first act. A mark that cannot be taken away runs out by itself."""
        try:
            self._redis.delete(PENDING)
        except RedisError as error:
            log.warning("the nudge's mark stays for a moment (%s)", type(error).__name__)


def enqueue_drain(redis: Redis) -> None:
    """Enqueues one drain job, whether or not another waits. Raises `RedisError`."""
    Queue(QUEUE, connection=redis).enqueue(
        DRAIN, job_id=f"drain-{uuid.uuid4().hex}", job_timeout=JOB_TIMEOUT, result_ttl=0, failure_ttl=3600
    )
