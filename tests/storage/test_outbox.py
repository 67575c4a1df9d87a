import threading
from collections import Counter

import pytest

from storage.outbox import LEASE, Claim, ClaimLost, add_work, claim_work, count_waiting, finish_work, postpone_work
from storage.states import Work
from tests.conftest import Gateway


def claim(gateway: Gateway, most: int = 10) -> Claim:
    with gateway.deployment.database.write() as open_:
        return claim_work(open_, Work.TRIAGE, gateway.clock(), most)


def add(gateway: Gateway, *subjects: int) -> None:
    with gateway.deployment.database.write() as open_:
        add_work(open_, Work.TRIAGE, subjects, gateway.clock())


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
    with pytest.raises(ClaimLost), database.write() as open_:
        finish_work(open_, Work.TRIAGE, slow, slow.subjects)
    with database.write() as open_:
        finish_work(open_, Work.TRIAGE, fast, fast.subjects)
        assert count_waiting(open_, gateway.clock()) == {}


def test_postponed_work_waits_for_its_time(gateway: Gateway) -> None:
    add(gateway, 1)
    held = claim(gateway)
    with gateway.deployment.database.write() as open_:
        postpone_work(open_, Work.TRIAGE, held, 1, gateway.clock() + 2 * LEASE)
    gateway.clock.forward(seconds=1.5 * LEASE.total_seconds())
    assert claim(gateway).subjects == ()
    gateway.clock.forward(seconds=LEASE.total_seconds())
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
