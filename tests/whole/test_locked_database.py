"""Another process holds SQLite's write lock: menus go on, reports say honestly that nothing was kept, nothing hangs."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up
from tests.support.waiting import running_seconds

pytestmark = pytest.mark.servers

AT_ONCE = 1.0
WITHIN = 3.0
"""Seconds."""
REPORTERS = 12
"""More than there are threads for webhooks."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with gateway_up(tmp_path_factory.mktemp("locked")) as running:
        yield running


@contextmanager
def locked(running: Running) -> Iterator[None]:
    path: Path = running.folder / "var" / "ccs.db"
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.rollback()


class OwnHttp:
    """A connection of its own for each phone, and how long its last answer took."""

    def __init__(self, running: Running) -> None:
        self._http, self._address = requests.Session(), running.address
        self.took = 0.0

    def post(self, path: str, *, data: dict[str, str]) -> requests.Response:
        began = running_seconds()
        answer = self._http.post(self._address + path, data=data, timeout=30)
        self.took = running_seconds() - began
        return answer


def phone(running: Running, number: int) -> tuple[Phone, OwnHttp]:
    http = OwnHttp(running)
    return Phone(f"+2237000{number:04d}", http, running.hook("ussd"), running.hook("sms")), http


def test_menus_answer_and_reports_say_that_nothing_was_kept(own: Running) -> None:
    reporters = [phone(own, number) for number in range(REPORTERS)]
    for reporter, _ in reporters:
        reporter.dial()
        reporter.type("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto", "1")
    reader, reading = phone(own, 500)
    reader.dial()
    reader.type("1")
    with locked(own):
        threads = [threading.Thread(target=reporter.type, args=("1",)) for reporter, _ in reporters]
        for thread in threads:
            thread.start()
        looked: list[float] = []
        while any(thread.is_alive() for thread in threads) or len(looked) < 4:
            newcomer, asking = phone(own, 600 + len(looked))
            newcomer.dial()
            assert not newcomer.ended, newcomer.screen
            reader.request()
            looked += [asking.took, reading.took]
        health = requests.get(f"{own.address}/healthz", timeout=5)
    assert health.ok
    assert max(looked) < AT_ONCE, looked
    assert max(http.took for _, http in reporters) < WITHIN
    for reporter, _ in reporters:
        assert reporter.ended
        assert reporter.screen.startswith("Rien n'a été enregistré"), reporter.screen
    # The lock is free again, and the network repeats the last request: now it is kept.
    for reporter, _ in reporters:
        assert "CCS-" in reporter.request()


def test_an_sms_is_sent_again_and_kept_once(own: Running) -> None:
    writer, http = phone(own, 700)
    with locked(own):
        assert writer.write("on a volé ma moto à Sogoniko", "locked-1") == 503
        assert http.took < WITHIN
    assert writer.write("on a volé ma moto à Sogoniko", "locked-1") == 200
    assert writer.write("on a volé ma moto à Sogoniko", "locked-1") == 200
