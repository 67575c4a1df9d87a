"""Two machines, a synchronous PostgreSQL replica, Redis with Sentinel: both masters die under load, nothing is lost.

`make chaos` runs it by its name. pytest does not collect it by itself, because it takes about a minute.
"""

import os
import threading
import time
from pathlib import Path

import pytest

from config.database_address import sqlalchemy_address
from storage.database import Database
from tests.support.chaos_account import settle, table
from tests.support.load import Load
from tests.support.redis_sentinel import WatchedRedis, watched_redis
from tests.support.waiting import eventually
from tests.support.wide.machines import SECRET, Machines, machines
from tests.support.wide.postgresql_pair import PostgresqlPair, postgresql_pair

EVENTS = int(os.environ.get("WIDE_EVENTS", "4000"))
SENDERS = 6
PHASES = ("all is well", "no Redis master", "new Redis master", "no primary", "replica promoted")
RECOVERS_WITHIN = 30.0
"""Seconds from a fault, or from the promotion, until /readyz of both machines answers 200."""
A_PERSON_NEEDS = 3.0
"""Seconds without a primary; a person who promotes the replica takes longer."""


def test_both_masters_die_and_nothing_acknowledged_is_lost_or_doubled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        watched_redis(tmp_path) as redis,
        postgresql_pair() as postgresql,
        machines(tmp_path, postgresql.address, redis.address) as stack,
    ):
        eventually(stack.ready, 60)
        load = Load(stack)
        senders = [threading.Thread(target=load.run, args=(at, SENDERS)) for at in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            begin(load, "all is well")
            times = redis_dies(redis, stack, load)
            begin(load, "new Redis master")
            times |= primary_dies(postgresql, stack, load)
            begin(load, "replica promoted")
        finally:
            load.stopping.set()
            for sender in senders:
                sender.join(60)
        account = settle(Database(sqlalchemy_address(postgresql.address)), SECRET, load)
    with capsys.disabled():
        print(table(account, load, dict.fromkeys(PHASES, True)))
        print("\n".join(f"{what}: {seconds:.1f} s" for what, seconds in times.items()))
    assert (account.lost, account.doubled, account.receipts_lost, account.wrong_references) == ({}, {}, 0, 0)
    assert set(load.unanswered) <= {"no primary"}, "without Redis, and with both, every request is answered"
    assert set(load.accepted.values()) >= {"all is well", "no Redis master", "new Redis master", "replica promoted"}


def begin(load: Load, phase: str) -> None:
    """Begins a phase and waits until its share of the events was sent."""
    load.now = phase
    load.wait_for(load.events + EVENTS // len(PHASES))


def redis_dies(redis: WatchedRedis, stack: Machines, load: Load) -> dict[str, float]:
    """Kills the master of Redis; the seconds until the sentinels name another, and until all is ready again."""
    load.now = "no Redis master"
    killed_at = time.monotonic()
    killed = redis.kill_master()
    eventually(lambda: redis.master() != killed, RECOVERS_WITHIN)
    elected = time.monotonic() - killed_at
    eventually(stack.ready, RECOVERS_WITHIN)
    return {
        "Redis, from the kill to the new master": elected,
        "Redis, from the kill to /readyz of both machines": time.monotonic() - killed_at,
    }


def primary_dies(postgresql: PostgresqlPair, stack: Machines, load: Load) -> dict[str, float]:
    """Kills the primary and promotes the replica; the seconds from the order to promote to each step back."""
    assert postgresql.is_synchronous()
    load.now = "no primary"
    postgresql.kill_primary()
    time.sleep(A_PERSON_NEEDS)
    ordered_at = time.monotonic()
    postgresql.promote_replica()
    promoted = time.monotonic() - ordered_at
    taken = len(load.accepted)
    eventually(lambda: len(load.accepted) > taken, RECOVERS_WITHIN)
    first_report = time.monotonic() - ordered_at
    eventually(stack.ready, RECOVERS_WITHIN)
    return {
        "PostgreSQL, from the order to promote to the new primary": promoted,
        "PostgreSQL, from the order to the first report taken": first_report,
        "PostgreSQL, from the order to /readyz of both machines": time.monotonic() - ordered_at,
    }
