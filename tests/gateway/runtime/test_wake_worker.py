"""Redis only says that there is work: many wake-ups are one job, and no needed job is missing."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rq import Queue
from rq.cron import CronScheduler
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.outbound.provider_routing import provider_routing
from gateway.runtime.wake_worker import QUEUE, REST
from gateway.worker.dispatcher import sweep_all
from gateway.worker.jobs import JobFailed, job
from gateway.worker.process import timetable
from tests.support.gateway import Gateway
from tests.support.waiting import eventually


def jobs(gateway: Gateway) -> list[str]:
    return Queue(QUEUE, connection=gateway.deployment.redis).job_ids


def test_ten_thousand_concerns_cost_one_job(gateway: Gateway) -> None:
    for _ in range(100):
        gateway.deployment.wake_worker()
    assert len(jobs(gateway)) == 1


def test_a_wake_up_between_the_last_empty_claim_and_the_end_of_the_job_gets_a_job_of_its_own(gateway: Gateway) -> None:
    gateway.deployment.wake_worker()
    gateway.deployment.wake_worker.taken_up()  # what a drain does before its first claim
    gateway.deployment.wake_worker()
    eventually(lambda: len(jobs(gateway)) == 2, 5)


def test_wake_ups_that_follow_each_other_at_once_are_one_and_the_last_is_not_lost(gateway: Gateway) -> None:
    began = time.monotonic()
    for _ in range(20):
        gateway.deployment.wake_worker()
        gateway.deployment.wake_worker.taken_up()
    count = len(jobs(gateway))
    assert 1 <= count <= 1 + (time.monotonic() - began) / REST
    eventually(lambda: len(jobs(gateway)) > 1, 5)


def test_an_emergency_wakes_the_worker_at_once_even_just_after_another_report(gateway: Gateway) -> None:
    gateway.phone("+22370001001").report()
    gateway.deployment.wake_worker.taken_up()
    gateway.phone("+22370001002").report()
    gateway.deployment.wake_worker.taken_up()
    count = len(jobs(gateway))
    gateway.phone("+22370001003").write("des hommes armés attaquent le village")
    assert len(jobs(gateway)) > count


def test_a_nudge_for_later_comes_then_and_the_last_word_counts(gateway: Gateway) -> None:
    gateway.deployment.wake_worker.later(600)
    assert jobs(gateway) == []
    gateway.deployment.wake_worker.later(0.2)
    eventually(lambda: len(jobs(gateway)) == 1, 5)


def test_a_wake_up_without_redis_is_no_error(gateway_without_redis: Gateway) -> None:
    gateway_without_redis.deployment.wake_worker()


def test_a_job_holds_no_argument_and_so_no_number_and_no_text(gateway: Gateway) -> None:
    gateway.phone().write("un secret du +22376004321")
    (job,) = Queue(QUEUE, connection=gateway.deployment.redis).jobs
    assert (job.args, job.kwargs, job.func_name) == ((), {}, "gateway.worker.jobs.drain")
    everything = b"".join(gateway.deployment.redis.dump(key) or b"" for key in gateway.deployment.redis.scan_iter())
    assert b"secret" not in everything
    assert b"76004321" not in everything


def test_a_job_that_fails_leaves_the_name_of_its_error_in_redis_and_not_its_text() -> None:
    @job
    def broken() -> None:
        raise RuntimeError("le secret du +22376004321")

    with pytest.raises(JobFailed, match=r"^RuntimeError at .*test_wake_worker.py:\d+$") as failed:
        broken()
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_the_timetable_is_rqs_own_and_asks_for_the_sweep_and_the_digests(gateway: Gateway) -> None:
    scheduler = timetable(gateway.deployment.redis)
    assert isinstance(scheduler, CronScheduler)
    scheduler.enqueue_jobs()
    named = {job.func_name for job in Queue(QUEUE, connection=gateway.deployment.redis).jobs}
    assert named == {"gateway.worker.jobs.sweep", "gateway.worker.jobs.send_digests"}


def test_a_clock_that_was_a_day_ahead_does_not_silence_the_timetable(gateway: Gateway) -> None:
    scheduler = timetable(gateway.deployment.redis)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert len(scheduler.enqueue_jobs()) == 2
        assert scheduler.enqueue_jobs() == []
    assert len(scheduler.enqueue_jobs()) == 2
    assert scheduler.enqueue_jobs() == []


def test_a_chore_of_the_sweep_that_fails_does_not_hold_up_the_work_that_waits(gateway: Gateway) -> None:
    gateway.phone().write("vol de moto")
    with gateway.deployment.database.write() as transaction:
        transaction.execute(
            text("DROP TABLE broadcasts" + (" CASCADE" if not gateway.deployment.database.is_sqlite else ""))
        )
    gateway.deployment.redis.flushdb()
    with pytest.raises(SQLAlchemyError):
        sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))
    assert len(jobs(gateway)) == 1
