"""The servers that are compared: this gateway on both databases, the floor, and npm's menu libraries.

Each runs on core 0 with all its processes; the load generator and PostgreSQL run on core 1.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import requests
from sqlalchemy import insert

from bench.figures import cpu_of
from config.pack import Pack
from config.pack.loader import load_pack
from flows.conversation.facts import Facts
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation
from flows.msisdn import Msisdn
from flows.triage.places.gazetteer import Gazetteer
from storage.database import Database
from storage.safety.vault import Vault
from storage.tables.people import Contact
from tests.support.servers import ROOT, free_port, gateway_up
from tests.support.servers import postgresql as postgresql_server
from tests.support.servers import redis as redis_server

SERVED_ON, LOADED_FROM = {0}, {1}
"""Processor cores."""
LIBRARIES = ("ussd-menu-builder", "ussd-builder")
TYPED = ("", "1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier", "1", "1")
"""A newcomer's whole report: ten requests."""
KNOWN = range(9_000_000, 9_020_000)
"""The last digits of numbers that have reported before."""
IDLE_WITHIN, IDLE_FOR, BUSY = 60.0, 0.5, 0.05
"""Seconds; and the share of a core that servers at rest use together at most."""
SECRET = "secret of the benchmark"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server. `processes` are those whose CPU time counts as that of a request.

    `newest` is the address for a provider that sends only the newest input; only this gateway has one.
    """

    name: str
    address: str
    processes: tuple[int, ...]
    beside: tuple[int, ...] = ()
    """Other processes on the same core: the worker, the timetable, Redis."""
    newest: str = ""


@contextlib.contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """Runs what is started inside on these cores; on any, if the machine lacks them."""
    before = os.sched_getaffinity(0)
    if cores <= before:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def floor(folder: Path, cores: set[int] = SERVED_ON) -> Iterator[Contestant]:
    """Flask with one Redis GET and SET, on the gateway's own server and threads, on these processor cores."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/hooks/token/floor"
    with contextlib.ExitStack() as stack:
        with pinned(cores):
            redis = stack.enter_context(redis_server(_made(folder / "floor")))
            command = [sys.executable, "-m", "bench.web.floor", str(port), redis]
            process = stack.enter_context(_server(command, ROOT, address))
        yield Contestant("floor", address, (process.pid,))


@contextlib.contextmanager
def npm_library(folder: Path, library: str, modules: Path) -> Iterator[Contestant]:
    """The same ten screens with Express, ioredis and a menu library, installed in `modules`."""
    screens = folder / "screens.json"
    screens.write_text(json.dumps(ten_screens()))
    port, server = free_port(), str(ROOT / "bench" / "web" / "npm" / "server.js")
    with contextlib.ExitStack() as stack:
        with pinned(SERVED_ON):
            redis = stack.enter_context(redis_server(_made(folder / library)))
            command = ["node", server, library, str(port), redis.removeprefix("unix://"), str(screens)]
            process = stack.enter_context(_server(command, modules, f"http://127.0.0.1:{port}/ussd"))
        yield Contestant(library, f"http://127.0.0.1:{port}/ussd", (process.pid,))


@contextlib.contextmanager
def gateway(folder: Path, on_postgresql: bool) -> Iterator[Contestant]:
    """`gateway up`, with 20,000 people who have reported before."""
    name = "gateway on PostgreSQL" if on_postgresql else "gateway on SQLite"
    home = _made(folder / name.replace(" ", "-"))
    with contextlib.ExitStack() as stack:
        settings = {"SECRET_KEYS": SECRET, "LOG_FORMAT": "json"}
        address = f"sqlite:///{home}/var/ccs.db"
        if on_postgresql:
            with pinned(LOADED_FROM):
                server = stack.enter_context(postgresql_server())
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE peers")
            settings["DATABASE_URL"] = f"{server}/peers"
            address = f"{server.replace('postgresql', 'postgresql+psycopg')}/peers"
        with pinned(SERVED_ON):
            running = stack.enter_context(gateway_up(home, **settings))
        add_known(address)
        web = running.part("web")
        assert web
        parts = [running.part(name) for name in ("redis", "worker", "timetable")]
        beside = tuple(part for part in parts if part)
        address = f"{running.address}{running.hook('ussd')}"
        yield Contestant(name, address, (web,), beside, address.replace("africastalking", "hubtel"))


def wait_until_idle(contestants: Sequence[Contestant]) -> None:
    """Waits until nothing of these servers works any more: the worker of one must not take time from the next one."""
    processes = [process for it in contestants for process in it.processes + it.beside]
    until = time.monotonic() + IDLE_WITHIN
    while time.monotonic() < until:
        before = sum(map(cpu_of, processes))
        time.sleep(IDLE_FOR)
        if sum(map(cpu_of, processes)) - before < BUSY * IDLE_FOR:
            return
    raise SystemExit("the servers that are compared did not come to rest")


def add_known(address: str) -> None:
    """Adds people who have reported before, speak French and have a usual place."""
    database, vault = Database(address), Vault((SECRET,))
    with database.write() as transaction:
        rows = [_known(vault, number) for number in KNOWN]
        transaction.execute(insert(Contact), rows)
    database.close()


def _known(vault: Vault, number: int) -> dict[str, object]:
    return {
        "msisdn_hash": vault.msisdn_hashes(Msisdn(f"+2237{number:07d}"))[0],
        "language": "fr",
        "usual_place": "ml-bamako-commune-iv|Lafiabougou",
        "asked_answerable": True,
        "reports_that_day": 0,
        "wants_news": False,
        "kept_for_draft": False,
        "created_at": datetime.now(UTC),
    }


def ten_screens() -> list[str]:
    """The screens that a newcomer sees in this gateway."""
    pack: Pack = load_pack(ROOT / "config" / "mali")
    machine = Machine(conversation, pack, Gazetteer(pack))
    session, screen, _ = machine.dial(Facts())
    screens = [screen.text]
    for typed in TYPED[1:]:
        session, screen, _ = machine.advance(session, typed)
        screens.append(screen.text)
    return screens


def install_libraries() -> Path | None:
    """The folder with npm's libraries; None without Node.js, or if npm cannot install them."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ccs-bench-npm"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "bench" / "web" / "npm" / "package.json", folder)
    installed = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=False)
    return folder if installed.returncode == 0 else None


@contextlib.contextmanager
def _server(command: list[str], folder: Path, address: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=folder)
    try:
        _wait(address, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in itertools.repeat(None, 200):
        with contextlib.suppress(requests.RequestException):
            requests.get(address, timeout=5)
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("a server that is compared did not start")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
