from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.outbound.provider_routing import provider_routing
from gateway.worker.clock_guard import HELD, ClockGuard
from gateway.worker.dispatcher import sweep_all
from storage.tables.concerns import Draft
from tests.support.cut_off_reports import cut_off, known
from tests.support.gateway import Gateway

START = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("jump", "steady"),
    [(timedelta(), True), (timedelta(seconds=90), True), (timedelta(days=1), False), (timedelta(days=-1), False)],
)
def test_a_jump_is_told_from_time_that_passed(jump: timedelta, steady: bool) -> None:
    passed = [50.0]
    watch = ClockGuard(lambda: passed[0])
    assert watch.is_steady(START)
    passed[0] += 60
    assert watch.is_steady(START + timedelta(seconds=60) + jump) is steady


def test_an_hour_asleep_is_no_jump_and_a_clock_that_stays_is_believed_after_a_while() -> None:
    passed = [50.0]
    watch = ClockGuard(lambda: passed[0])

    def after(seconds: float, ahead: timedelta) -> bool:
        passed[0] += seconds
        return watch.is_steady(START + timedelta(seconds=passed[0] - 50) + ahead)

    day = timedelta(days=1)
    assert after(0, timedelta())
    assert after(3600, timedelta())
    assert not after(60, day)
    assert not after(HELD - 1, day)
    assert after(2, day)
    assert not after(60, timedelta())


def test_while_it_is_not_steady_nothing_due_by_the_hour_is_done_and_work_goes_on(gateway: Gateway) -> None:
    phone = known(gateway)
    gateway.work()
    cut_off(gateway, phone)  # asked for by SMS after half an hour
    gateway.clock.forward(hours=1)
    routing = provider_routing(gateway.deployment.settings)
    for by_the_hour, asked in ((False, 0), (True, 1)):
        sweep_all(gateway.deployment, routing, by_the_hour)
        with gateway.deployment.database.read() as transaction:
            assert len(transaction.scalars(select(Draft).where(Draft.asked_at.is_not(None))).all()) == asked
