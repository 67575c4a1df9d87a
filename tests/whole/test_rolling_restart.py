"""Two web processes behind a balancer are stopped and started one after the other: no request fails, none is lost."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from config.settings import Settings
from storage.database import Database
from storage.tables.concerns import Concern
from tests.support.gateway import SECRET, TOKEN
from tests.support.phones import Phone, reference_in
from tests.support.servers import ROOT, free_port

pytestmark = pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)


class Balancer:
    """A proxy as in docs/deployment.md: processes in turn, and another one when a connection is refused or cut."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._next = ports, itertools.count()
        self.failed: list[str] = []
        self.answered = 0

    def post(self, path: str, *, data: dict[str, str]) -> requests.Response:
        last: Exception | None = None
        first = next(self._next)
        for at in range(2 * len(self._ports)):
            port = self._ports[(first + at) % len(self._ports)]
            try:
                answer = requests.post(f"http://127.0.0.1:{port}{path}", data=data, timeout=20)
            except requests.ConnectionError as error:
                # Refused, or cut as the process ended: the same request again gets the same screen, so it may be
                # retried.
                last = error
                continue
            self.answered += 1
            if answer.status_code != 200 or "Service indisponible" in answer.text:
                self.failed.append(answer.text[:60])
            return answer
        self.failed.append("nobody")
        raise AssertionError(f"nobody answered: {last!r}")


@pytest.fixture
def environment(make_settings: Callable[..., Settings], tmp_path: Path) -> dict[str, str]:
    settings = make_settings()
    return {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "SECRET_KEYS": SECRET,
        "WEBHOOK_TOKEN": TOKEN,
    }  # fmt: skip


def start(environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "wsgi.py"], cwd=ROOT, env=environment | {"PORT": str(port)}, start_new_session=True
    )
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok:
                return process
        time.sleep(0.05)
    raise AssertionError("a web process did not start")


def test_no_request_fails_during_a_rolling_restart(environment: dict[str, str]) -> None:
    ports = [free_port(), free_port()]
    processes = [start(environment, port) for port in ports]
    balancer, stop = Balancer(ports), threading.Event()
    references: list[str] = []

    def report(number: int) -> None:
        for at in itertools.count():
            if stop.is_set():
                return
            hooks = f"/hooks/{TOKEN}/africastalking"
            phone = Phone(f"+2237{number:03d}{at:04d}", balancer, f"{hooks}/ussd", f"{hooks}/sms")
            references.append(phone.report())
            assert phone.ended

    threads = [threading.Thread(target=report, args=(number,)) for number in range(3)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(2):
            for at, port in enumerate(ports):
                before = balancer.answered
                processes[at].send_signal(signal.SIGTERM)
                processes[at].wait(20)
                processes[at] = start(environment, port)
                assert balancer.answered > before  # the other one went on
        stop.set()
        for thread in threads:
            thread.join(30)
    finally:
        stop.set()
        for process in processes:
            process.terminate()
            process.wait(20)
    assert balancer.failed == []
    assert len(references) > 10
    database = Database(environment["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
    with database.read() as transaction:
        kept = set(transaction.scalars(select(Concern.reference)))
    database.close()
    assert {reference_in(text) for text in references} == kept
