"""A load and twelve faults: whatever was answered with success is stored exactly once.

A short run here; `make chaos` sends a hundred thousand events (`EVENTS`) and prints the table.
"""

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.chaos import FAULTS, Stack, embedded, grown_up
from tests.support.chaos_account import settle, table
from tests.support.kept_reports import opened_database
from tests.support.load import Load

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EVENTS = int(os.environ.get("EVENTS", "1500"))
SENDERS = 6


@pytest.mark.parametrize("start", [grown_up, embedded], ids=["postgresql", "sqlite"])
def test_twelve_faults_lose_nothing_and_double_nothing(
    start: Callable[[Path], AbstractContextManager[Stack]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with start(tmp_path) as stack:
        load = Load(stack)
        senders = [threading.Thread(target=load.run, args=(at, SENDERS)) for at in range(SENDERS)]
        for sender in senders:
            sender.start()
        struck: dict[str, bool] = {}
        try:
            for name, strike in FAULTS.items():
                stack.becomes_ready(load.now)
                enough = load.hurry(EVENTS // len(FAULTS))
                load.wait_for(load.events + 2 * SENDERS)  # all senders are under way when the fault strikes
                load.now = name
                struck[name] = strike(stack)
                load.wait_for(enough)
            load.now = "after"
            stack.mood("well")
            stack.becomes_ready(load.now)
        finally:
            load.stopping.set()
            for sender in senders:
                sender.join(120)
        account = settle(opened_database(stack.running), stack.running.environment["SECRET_KEYS"], load)
    with capsys.disabled():
        print(table(account, load, struck))
    assert account.lost == {}
    assert account.doubled == {}
    assert account.receipts_lost == 0
    assert account.wrong_references == 0
    assert struck["worker killed"]
    assert struck["web killed"]
    assert struck["Redis gone"]
    assert len(load.accepted) > EVENTS // 20
