"""The Redis master dies under load; Sentinel names another. What was answered with success is there, and is read."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.concerns.concerns import TEXT
from storage.database import Database
from storage.enumerations import Work
from storage.safety.vault import Vault
from storage.tables.concerns import Concern
from storage.tables.messages import OutboxRow
from tests.support.chaos import Stack
from tests.support.load import Load
from tests.support.redis_sentinel import watched_redis
from tests.support.servers import gateway_up
from tests.support.waiting import eventually

pytestmark = [pytest.mark.servers, pytest.mark.slow]

SECRET = "secret of the sentinel run"
RECOVERS_WITHIN = 30.0
"""Seconds: one until the sentinels agree, some for their vote, five that the gateway leaves Redis alone, and reserve."""


def test_a_new_master_takes_over_and_nothing_acknowledged_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        watched_redis(tmp_path) as redis,
        gateway_up(tmp_path, REDIS_URL=redis.address, SECRET_KEYS=SECRET) as running,
    ):
        stack = Stack(running, tmp_path)
        assert "3 of 3 sentinels answer" in running.command("doctor")
        load = Load(stack)
        senders = [threading.Thread(target=load.run, args=(at, 3)) for at in range(3)]
        for sender in senders:
            sender.start()
        try:
            load.wait_for(60)
            load.now = "without a master"
            killed_at = time.monotonic()
            killed = redis.kill_master()
            eventually(lambda: redis.master() != killed, RECOVERS_WITHIN)
            elected = time.monotonic() - killed_at
            stack.becomes_ready(load.now, RECOVERS_WITHIN)
            recovered = time.monotonic() - killed_at
            load.now = "with the new master"
            load.wait_for(load.events + 60)
        finally:
            load.stopping.set()
            for sender in senders:
                sender.join(60)
        kept = eventually(lambda: _read_markers(tmp_path), RECOVERS_WITHIN)
        assert f"is {redis.master()[0]}:{redis.master()[1]}" in running.command("doctor")
    with capsys.disabled():
        print(
            f"\nnew master after {elected:.1f} s, /readyz whole after {recovered:.1f} s, {len(load.accepted)} reports"
        )
    assert set(load.accepted.values()) == {"before", "without a master", "with the new master"}
    assert sorted(load.accepted) == sorted(marker for marker in kept if marker in load.accepted)
    assert load.unanswered == {}


def _read_markers(folder: Path) -> list[str]:
    """The markers of all concerns, as often as they stand there; empty while some are not read yet."""
    database, vault = Database(f"sqlite:///{folder}/var/ccs.db"), Vault((SECRET,))
    try:
        with database.read() as transaction:
            if transaction.scalars(select(OutboxRow.id).where(OutboxRow.work == Work.TRIAGE).limit(1)).first():
                return []
            texts = transaction.scalars(select(Concern.text_sealed).where(Concern.triaged_at.is_not(None))).all()
    finally:
        database.close()
    return [vault.open(TEXT, sealed or b"").rpartition(" ")[2] for sealed in texts]
