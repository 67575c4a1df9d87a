import threading
from collections import Counter
from datetime import timedelta

import pytest

from storage.enumerations import Work
from storage.messages.outbox import (
    LEASE,
    Claim,
    ClaimLost,
    add_work,
    claim_work,
    count_waiting,
    finish_work,
    mend_clock,
    postpone_work,
)
from tests.support.gateway import Gateway


def claim(gateway: Gateway, most: int = 10) -> Claim:
    with gateway.deployment.database.write() as transaction:
        return claim_work(transaction, Work.TRIAGE, gateway.clock(), most)


def add(gateway: Gateway, *subjects: int) -> None:
    with gateway.deployment.database.write() as transaction:
        add_work(transaction, Work.TRIAGE, subjects, gateway.clock())


def test_what_is_claimed_is_nobody_elses_until_the_lease_runs_out(gateway: Gateway) -> None:
    add(gateway, 1, 2, 3)
    first = claim(gateway, 2)
    assert sorted(first.subjects) == [1, 2]
    assert claim(gateway).subjects == (3,)
    assert claim(gateway).subjects == ()
    gateway.clock.forward(seconds=LEASE.total_seconds() + 1)
    again = claim(gateway)
    assert sorted(again.subjects) == [1, 2, 3]
    assert again.tries == {1: 2, 2: 2, 3: 2}


def test_who_lost_the_claim_cannot_finish_the_work(gateway: Gateway) -> None:
    add(gateway, 1)
    slow = claim(gateway)
    gateway.clock.forward(seconds=LEASE.total_seconds() + 1)
    fast = claim(gateway)
    database = gateway.deployment.database
    with pytest.raises(ClaimLost), database.write() as transaction:
        finish_work(transaction, Work.TRIAGE, slow, slow.subjects)
    with database.write() as transaction:
        finish_work(transaction, Work.TRIAGE, fast, fast.subjects)
        assert count_waiting(transaction, gateway.clock()) == {}


def test_postponed_work_waits_for_its_time(gateway: Gateway) -> None:
    add(gateway, 1)
    held = claim(gateway)
    with gateway.deployment.database.write() as transaction:
        postpone_work(transaction, Work.TRIAGE, held, 1, gateway.clock(), 2 * LEASE)
    gateway.clock.forward(seconds=1.5 * LEASE.total_seconds())
    assert claim(gateway).subjects == ()
    gateway.clock.forward(seconds=LEASE.total_seconds())
    assert claim(gateway).subjects == (1,)


def test_a_clock_that_was_a_day_ahead_puts_nothing_off_by_a_day(gateway: Gateway) -> None:
    """Work that was queued, claimed or put off while the clock was wrong is done on time after it is set right."""
    database = gateway.deployment.database
    add(gateway, 1)
    gateway.clock.forward(days=1)
    add(gateway, 2, 3)
    held = claim(gateway, 2)
    assert held.subjects == (1, 2)
    with database.write() as transaction:
        postpone_work(transaction, Work.TRIAGE, held, 1, gateway.clock(), timedelta(hours=2))
    gateway.clock.forward(days=-1)
    assert claim(gateway).subjects == ()
    with database.write() as transaction:
        assert mend_clock(transaction, gateway.clock()) == 3
        assert mend_clock(transaction, gateway.clock()) == 0
    mine = claim(gateway)
    assert mine.subjects == (3,)
    with database.write() as transaction:
        finish_work(transaction, Work.TRIAGE, held, [2])
        finish_work(transaction, Work.TRIAGE, mine, [3])
    gateway.clock.forward(hours=1, minutes=59)
    assert claim(gateway).subjects == ()
    gateway.clock.forward(minutes=1)
    assert claim(gateway).subjects == (1,)


def test_many_workers_claim_each_row_once(gateway: Gateway) -> None:
    add(gateway, *range(300))
    taken: list[int] = []
    lock = threading.Lock()

    def worker() -> None:
        while subjects := claim(gateway, 7).subjects:
            with lock:
                taken.extend(subjects)

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(taken) == Counter(range(300))
