"""Answers while Redis hangs, and while another process holds SQLite's write lock for 20 seconds."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import requests

from bench.figures import tell
from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up

LOCKED_FOR = 20.0
"""Seconds."""
CALLERS = 8
BREAKER_RESTS = 6.0
"""Seconds after which Redis is asked again (`gateway.runtime.circuit_breaker`)."""
BETWEEN_TRIES, BETWEEN_MENUS = 3.0, 1.0
"""Seconds: a number that asks faster is sent away by the limits."""
BEFORE_SENDING = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto", "1")


class Caller:
    """A phone with a connection of its own; `longest` is its slowest answer in seconds."""

    def __init__(self, running: Running, number: int) -> None:
        self._http, self._address, self.longest = requests.Session(), running.address, 0.0
        self.phone = Phone(f"+2237000{number:04d}", self, running.hook("ussd"), running.hook("sms"))

    def post(self, path: str, *, data: dict[str, str]) -> requests.Response:
        began = time.monotonic()
        answer = self._http.post(self._address + path, data=data, timeout=30)
        self.longest = max(self.longest, time.monotonic() - began)
        return answer


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-faults-") as folder, gateway_up(Path(folder)) as running:
        for count, numbers in ((1, range(1)), (CALLERS, range(100, 100 + CALLERS))):
            callers = [Caller(running, number) for number in numbers]
            with _hanging_redis(running):
                _at_once([caller.phone.dial for caller in callers])
            longest = max(caller.longest for caller in callers)
            tell(f"Redis hangs, {count} at once, the slowest answer", longest, "s", "wanted: at most 1")
            time.sleep(BREAKER_RESTS)
        _lock_held(running)


def _lock_held(running: Running) -> None:
    reporters = [Caller(running, 200 + number) for number in range(CALLERS)]
    for reporter in reporters:
        reporter.phone.dial()
        reporter.phone.type(*BEFORE_SENDING)
        reporter.longest = 0.0
    menus, said = [Caller(running, 300 + number) for number in range(CALLERS)], set[str]()

    def report(reporter: Caller) -> None:
        while time.monotonic() < until:
            said.add(" ".join(reporter.phone.request().split()[:3]))
            time.sleep(BETWEEN_TRIES)

    def look(caller: Caller) -> None:
        while time.monotonic() < until:
            caller.phone.dial()
            caller.phone.type("1")
            time.sleep(BETWEEN_MENUS)

    with contextlib.closing(sqlite3.connect(running.folder / "var" / "ccs.db", isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=5000")
        other.execute("BEGIN IMMEDIATE")
        for reporter in reporters:
            reporter.phone.text += "*1"
        until = time.monotonic() + LOCKED_FOR - 3.0
        _at_once([*(partial(report, reporter) for reporter in reporters), *(partial(look, menu) for menu in menus)])
        other.rollback()
    tell("SQLite locked, menus, the slowest answer", max(menu.longest for menu in menus), "s", "wanted: at once")
    slowest = max(reporter.longest for reporter in reporters)
    tell(f"SQLite locked, {CALLERS} reports at once, the slowest answer", slowest, "s", "wanted: at most 3")
    print(f"the reports were answered: {', '.join(sorted(said))}")
    for reporter in reporters:
        reporter.phone.request()
    filed = sum("CCS-" in reporter.phone.screen for reporter in reporters)
    tell(f"of {CALLERS} reports, filed when the lock was free again", filed, "", f"wanted: {CALLERS}")


@contextlib.contextmanager
def _hanging_redis(running: Running) -> Iterator[None]:
    redis = running.part("redis")
    assert redis
    os.kill(redis, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(redis, signal.SIGCONT)


def _at_once(acts: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
