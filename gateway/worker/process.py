"""Runs RQ: a worker that drains the outbox, and RQ's own scheduler with the timetable."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from types import FrameType

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested

from config.pack import PackError
from config.settings import Settings, SettingsError, load_settings
from gateway.runtime.garbage import spare_loaded
from gateway.runtime.logs import configure_logs
from gateway.runtime.redis_client import connect_worker_redis
from gateway.runtime.wake_worker import QUEUE
from gateway.worker.alive import show_alive
from gateway.worker.database_watch import DatabaseWatch
from gateway.worker.jobs import send_digests, sweep
from gateway.worker.low_priority import calculate_on_one_core
from gateway.worker.metrics_server import serve_metrics

SWEEP_EVERY = 60
DIGESTS_EVERY = 300
"""Seconds."""
KNOWN_FOR = 20
"""Seconds (RQ's `worker_ttl`): an idle worker shows itself every five, and a lost one is noticed a minute later."""
PAUSE = 1.0
"""Seconds between two tries to reach Redis."""
LONGEST_PAUSE = 2.0
"""Seconds between two tries of RQ at most, whose pauses grow; RQ's own limit is a minute."""
PATIENCE = 10.0
"""Seconds to wait for an answer of Redis; RQ allows more while its worker waits for a job."""
LAST_PATIENCE = 1.0
"""Seconds that a worker which is to end waits for an answer of Redis."""

log = logging.getLogger(__name__)


def run_worker() -> None:
    """Works until SIGTERM or SIGINT, and finishes the current job first. Any number may run, on any host.

    It uses RQ's SimpleWorker, which does not fork. Our jobs are few and do all work that waits; a fork for each would
    open new connections to the database and Redis, which costs more than reading a message. A job that stops the
    worker costs a restart and a lease, never a message.
    """
    settings = _start()
    for caught in (signal.SIGTERM, signal.SIGINT):
        signal.signal(caught, _end_after_work)
    # Imported here, because the timetable process shares this file and does not need these modules.
    from gateway.worker.dispatcher import look
    from gateway.worker.parts import parts
    from gateway.worker.webhooks import LOOK_EVERY, tell_webhooks

    try:
        parts.load(settings)
    except PackError as error:
        sys.exit(str(error))
    try:
        serve_metrics(settings)
    except OSError as error:
        sys.exit(f"setting WORKER_METRICS_PORT: cannot listen there ({error.strerror})")
    show_alive(settings.data_dir, "worker")
    spare_loaded()
    calculate_on_one_core()

    def look_and_show() -> None:
        show_alive(settings.data_dir, "worker")
        look()

    # Webhooks have their own thread: a program that answers slowly must not delay an SMS.
    with DatabaseWatch(look_and_show), DatabaseWatch(tell_webhooks, LOOK_EVERY):
        while _work(settings):
            log.warning("the worker lost Redis and begins again")
            time.sleep(PAUSE)
    parts.close()


def _work(settings: Settings) -> bool:
    """Works for as long as Redis is available; returns whether it ended because Redis was lost."""
    redis = _wait_for(settings)
    worker = Worker([Queue(QUEUE, connection=redis)], connection=redis, worker_ttl=KNOWN_FOR)
    try:
        worker.work(logging_level="WARNING")
    except StopRequested:
        return False
    except RedisError as error:
        log.warning("the worker waits for Redis (%s)", type(error).__name__)
    finally:
        redis.close()
        # RQ's own signal handlers would call a worker that has ended.
        for caught in (signal.SIGTERM, signal.SIGINT):
            signal.signal(caught, _end_after_work)
    return not worker.is_to_end


class Worker(SimpleWorker):
    """A worker that registers again after Redis was emptied; otherwise /readyz would miss it until its next start."""

    max_connection_wait_time = LONGEST_PAUSE
    is_to_end = False
    """Whether somebody asked the worker to stop."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Notes the request, then lets RQ handle the signal."""
        self.is_to_end = True
        threading.Thread(target=self._end_without_redis, daemon=True).start()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def _end_without_redis(self) -> None:
        """Ends the process after its work if Redis hangs: RQ would wait for it, and nothing in it has to be kept."""
        redis = connect_worker_redis(load_settings(), LAST_PATIENCE)
        try:
            while True:
                redis.ping()
                time.sleep(LAST_PATIENCE)
        except RedisError:
            log.warning("the worker ends without Redis")
            _end_after_work()

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Sends RQ's heartbeat, and registers again if Redis no longer knows the worker."""
        super().heartbeat(timeout, pipeline)
        if pipeline is None and not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()  # type: ignore[no-untyped-call]


def run_timetable() -> None:
    """Enqueues the jobs of the timetable. If two timetables run, they ask twice, but the work is done once."""
    settings = _start()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    redis = _wait_for(settings)
    scheduler = timetable(redis)
    while True:
        show_alive(settings.data_dir, "timetable")
        # RQ's own loop ends when Redis goes away for a moment; the timetable must not.
        try:
            scheduler.enqueue_jobs()
            pause = scheduler.calculate_sleep_interval()
        except RedisError as error:
            log.warning("the timetable waits for Redis (%s)", type(error).__name__)
            pause = PAUSE
        time.sleep(pause)


class Timetable(CronScheduler):
    """A scheduler that keeps running after the clock was set back."""

    def enqueue_jobs(self) -> list[CronJob]:
        """Enqueues the jobs that are due, and returns them. A last run in the future is forgotten."""
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.latest_enqueue_time and job.latest_enqueue_time > now:
                job.latest_enqueue_time = None
        return super().enqueue_jobs()


def timetable(redis: Redis) -> CronScheduler:
    """Returns a scheduler with the jobs and how often each one runs."""
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


def _wait_for(settings: Settings) -> Redis:
    redis = connect_worker_redis(settings, PATIENCE)
    while True:
        try:
            redis.ping()
        except RedisError:
            time.sleep(PAUSE)
        else:
            return redis


def _end_after_work(*_: object) -> None:
    """Ends the process as soon as nothing drains the outbox: what a provider has taken is noted as taken before."""
    from gateway.worker.parts import parts

    with parts.draining:
        os._exit(0)


def _end(_: int, __: FrameType | None) -> None:
    os._exit(0)
