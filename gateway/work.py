"""Runs RQ: a worker that drains the outbox, and RQ's own scheduler with the timetable."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime
from types import FrameType

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.cron import CronJob, CronScheduler

from config.pack import PackError
from config.settings import Settings, SettingsError, load_settings
from gateway.jobs import send_digests, sweep
from gateway.logs import configure_logs
from gateway.nudge import QUEUE
from gateway.redis_client import connect_redis

SWEEP_EVERY = 60
DIGESTS_EVERY = 300
"""Seconds."""
KNOWN_FOR = 20
"""Seconds: an idle worker shows itself every five, and one that is gone counts as such a minute later."""
PAUSE = 1.0
"""Seconds between two looks for a Redis that is away."""

log = logging.getLogger(__name__)


def run_worker() -> None:
    """Works until SIGTERM or SIGINT; ends the job in hand first. Any number of them may run, on any host.

    RQ's SimpleWorker, which does not fork: our jobs are few and drain all that waits, and a fork for each would
    open its database and Redis connections anew, which costs more than reading a message. A job that takes the
    worker down costs a restart and a lease, never a message.
    """
    settings = _start()
    try:
        warm_up(settings)
    except PackError as error:
        sys.exit(str(error))
    redis = _wait_for(settings)
    worker = Worker([Queue(QUEUE, connection=redis)], connection=redis, worker_ttl=KNOWN_FOR)
    worker.work(logging_level="WARNING")


class Worker(SimpleWorker):
    """One that is known again when Redis has been emptied: /readyz would miss it until its next start."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        super().heartbeat(timeout, pipeline)
        if pipeline is None and not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()  # type: ignore[no-untyped-call]


def run_timetable() -> None:
    """Says every minute that there may be work. Two of them ask twice; the work is done once."""
    settings = _start()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    redis = _wait_for(settings)
    scheduler = timetable(redis)
    while True:
        # RQ's own loop ends when Redis goes away for a moment; the timetable must not.
        try:
            scheduler.enqueue_jobs()
            pause = scheduler.calculate_sleep_interval()
        except RedisError as error:
            log.warning("the timetable waits for Redis (%s)", type(error).__name__)
            pause = PAUSE
        time.sleep(pause)


class Timetable(CronScheduler):
    """One that a clock which ran ahead and was set right does not silence until the wrong time has come."""

    def enqueue_jobs(self) -> list[CronJob]:
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.latest_enqueue_time and job.latest_enqueue_time > now:
                job.latest_enqueue_time = None
        return super().enqueue_jobs()


def timetable(redis: Redis) -> CronScheduler:
    """What is looked for, and how often."""
    scheduler = Timetable(redis, logging_level="WARNING")
    scheduler.register(sweep, QUEUE, interval=SWEEP_EVERY, result_ttl=0, failure_ttl=3600)
    scheduler.register(send_digests, QUEUE, interval=DIGESTS_EVERY, result_ttl=0, failure_ttl=3600)
    return scheduler


def _start() -> Settings:
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    configure_logs(settings.log_format)
    return settings


def warm_up(settings: Settings) -> None:
    """Reads the pack before the first job: a broken one stops the start."""
    from gateway import draining

    draining.load(settings)


def _wait_for(settings: Settings) -> Redis:
    redis = connect_redis(settings, None)
    while True:
        try:
            redis.ping()
        except RedisError:
            time.sleep(PAUSE)
        else:
            return redis


def _end(_: int, __: FrameType | None) -> None:
    os._exit(0)
