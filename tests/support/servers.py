"""Real servers for tests. Each starts on a free port or socket in a temporary folder, and is stopped at the end."""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from gateway.local.embedded_redis import redis_server, wait_for_redis
from tests.support.folders import folder_in_memory

CARELESS = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0")
"""Options of PostgreSQL that save work on what only a power cut could take."""
LOWEST_PORT, HIGHEST_PORT, WORKERS = 15000, 32000, 16
ROOT = Path(__file__).parent.parent.parent


def missing(what: str, package: str) -> None:
    """Skips the test that needs `what`, or fails it with REQUIRE_ALL=1."""
    message = f"{what} is not installed: apt-get install {package}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)


def _ports_of_this_process() -> Iterator[int]:
    """Ports below those that systems give to outgoing connections, in a part for each of the run's workers."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    ports = list(range(LOWEST_PORT + worker, HIGHEST_PORT, WORKERS))
    start = os.getpid() % len(ports)
    return itertools.cycle([*ports[start:], *ports[:start]])


_ports = _ports_of_this_process()


def free_port() -> int:
    """A TCP port of loopback that nobody listens on, and that no other worker and no connection will take meanwhile.

    A server that is started binds it seconds later. A port that the system gives out may belong to another by then.
    """
    for port in itertools.islice(_ports, 1000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis server on a Unix socket; yields its address."""
    address = folder / "redis.sock"
    process = subprocess.Popen(
        [redis_server(), "--port", "0", "--unixsocket", str(address), "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_redis(f"unix://{address}", process)
        yield f"unix://{address}"
    finally:
        process.terminate()
        process.wait(10)


def postgresql_programs() -> str:
    """The folder of PostgreSQL's server programs; skips the test where there are none."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [str(Path(shutil.which("postgres") or "/-").parent)]
    if not Path(folders[-1], "postgres").exists():
        missing("PostgreSQL", "postgresql")
    return folders[-1]


def as_postgres() -> list[str]:
    """What stands before a command of PostgreSQL's server.

    The server refuses to run as root. Debian's package brings the user that it may run as.
    """
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


class Postgresql:
    """A PostgreSQL server in a folder of its own, which can be stopped and started again.

    `address` is its URL without the name of a database. `kept` is a folder whose data stays there for the next server.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self._programs, self._as_user = postgresql_programs(), as_postgres()
        self._is_kept = kept is not None
        if kept:
            kept.mkdir(parents=True, exist_ok=True)
        self._folder = str(kept or tempfile.mkdtemp(prefix="ccs-pg-", dir=folder_in_memory()))
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        self._port = free_port()
        self.address = f"postgresql://ccs@127.0.0.1:{self._port}"
        if not Path(self._folder, "data").exists():
            subprocess.run(
                [*self._as_user, f"{self._programs}/initdb", "-D", f"{self._folder}/data", "-U", "ccs", "-A", "trust",
                 "--no-sync"],
                check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [*self._as_user, f"{self._programs}/postgres", "-D", f"{self._folder}/data", "-p", str(self._port), "-k",
             self._folder, "-h", "127.0.0.1", *CARELESS, "-c", "log_min_messages=panic"],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(f"{self.address}/postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Stops the server at once: transactions in progress are rolled back."""
        pid = Path(self._folder, "data", "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGINT)
        self._process.wait(20)

    def remove(self) -> None:
        if self._process.poll() is None:
            self.stop()
        if not self._is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def postgresql(kept: Path | None = None) -> Iterator[str]:
    """A PostgreSQL server; yields its URL without the name of a database. `kept` is as in `Postgresql`."""
    server = Postgresql(kept)
    try:
        yield server.address
    finally:
        server.remove()


@contextlib.contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """The application behind a real HTTP server on loopback."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(10)


def browser_path() -> str:
    """The path of Chromium; skips the test where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("Chromium", "chromium")
    return str(path)


class Running:
    """`gateway up` in a folder of its own, as a user runs it. Phones of tests can use it as their HTTP client.

    `told` is what the command has printed until it was ready.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{settings.setdefault('PORT', str(free_port()))}"
        bare = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        self.environment = bare | {"DATA_DIR": str(folder / "var"), "WEBHOOK_TOKEN": "token"} | settings
        self.errors = folder / "errors.log"
        self._http = requests.Session()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "up"],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=self.errors.open("ab"), text=True,
        )  # fmt: skip
        self.told = ""
        assert self.process.stdout
        for line in self.process.stdout:
            self.told += line
            if line == "ready\n":
                return
        raise AssertionError(f"`gateway up` ended: {self.errors.read_text()}")

    def post(self, path: str, *, data: dict[str, str]) -> requests.Response:
        return self._http.post(self.address + path, data=data, timeout=30)

    def get(self, path: str) -> requests.Response:
        return self._http.get(self.address + path, timeout=30)

    def hook(self, path: str) -> str:
        return f"/hooks/{self.environment['WEBHOOK_TOKEN']}/africastalking/{path}"

    def inbox(self, msisdn: str) -> list[str]:
        """The texts of the SMS that a phone has received, oldest first."""
        answer = self._http.get(f"{self.address}/simulator/inbox", params={"number": msisdn}, timeout=30)
        return [sms["text"] for sms in answer.json()]

    def by_day_and_night(self, committee: str) -> None:
        """Takes a committee's quiet hours away: this gateway runs at the real time, and a test may run at night."""
        file = self.folder / "hours.csv"
        file.write_text(f"committee,quiet_from,quiet_until\n{committee},0,24\n")
        self.command("committees", "import", str(file))

    def command(self, *arguments: str, check: bool = True) -> str:
        """Runs a `gateway` command beside the gateway; returns its output, or its errors if `check` is false."""
        finished = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert not check or finished.returncode == 0, finished.stderr
        return finished.stdout if check else finished.stderr

    def part(self, name: str) -> int | None:
        """The process id of `redis`, `web`, `worker` or `timetable`; None while it does not run."""
        pattern = {"redis": "redis", "web": "wsgi.py$", "worker": "worker.py$", "timetable": "timetable$"}[name]
        for child in self.children():
            with contextlib.suppress(OSError):
                line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                if re.search(pattern, line):
                    return child
        return None

    def children(self) -> list[int]:
        """The process ids of all parts."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in pids.split()]

    def stop(self) -> int:
        """Ends the gateway as SIGTERM does; returns its exit status."""
        self.process.terminate()
        return self.process.wait(30)


@contextlib.contextmanager
def gateway_up(folder: Path, **settings: str) -> Iterator[Running]:
    running = Running(folder, **settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
