"""Twelve faults of a running gateway, which tests cause one after the other."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import requests
from redis import Redis

from gateway.local.embedded_redis import redis_server, wait_for_redis
from tests.support.servers import Postgresql, Running, gateway_up
from tests.support.waiting import eventually

HELD = 3.0
"""Seconds that a fault lasts if it does not end by itself."""


@dataclass
class Stack:
    """A running gateway and its servers. `postgres` and `redis` are None if the gateway runs with the embedded ones."""

    running: Running
    folder: Path
    postgres: Postgresql | None = None
    redis: subprocess.Popen[bytes] | None = None
    duplicate: bool = False
    """Whether networks send everything twice now."""
    offset: Path = field(init=False)

    def __post_init__(self) -> None:
        self.offset = self.folder / "clock"

    @property
    def redis_socket(self) -> str:
        return f"unix://{self.folder}/redis.sock" if self.postgres else f"unix://{self.folder}/var/redis.sock"

    def hook_address(self, hook: str) -> str:
        return self.running.address + self.running.hook(hook)

    def becomes_ready(self, after: str, seconds: float = 45.0) -> None:
        """Waits until `/readyz` answers with 200; a failure says after which fault, and what the gateway said last."""
        until = time.monotonic() + seconds
        while True:
            try:
                answer = self.running.get("/readyz")
                if answer.status_code == 200:
                    return
                said = f"{answer.status_code} {answer.text}"
            except requests.RequestException as error:
                said = repr(error)
            assert time.monotonic() < until, f"not ready {seconds:.0f} s after {after}: {said}"
            time.sleep(0.05)

    def mood(self, name: str) -> None:
        def accepted() -> bool:
            with contextlib.suppress(requests.RequestException):
                return self.running.post("/simulator/mood", data={"mood": name}).status_code == 200
            return False

        eventually(accepted)

    def web_processes(self) -> list[int]:
        web = self.running.part("web")
        if web is None:
            return []
        children = Path(f"/proc/{web}/task/{web}/children").read_text().split()
        return [web, *map(int, children)]


@contextlib.contextmanager
def grown_up(folder: Path) -> Iterator[Stack]:
    """A gateway with PostgreSQL and Redis as servers of their own."""
    postgres, redis = Postgresql(), start_redis(folder)
    try:
        with psycopg.connect(f"{postgres.address}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE chaos")
        with _up(folder, DATABASE_URL=f"{postgres.address}/chaos", REDIS_URL=f"unix://{folder}/redis.sock") as running:
            stack = Stack(running, folder, postgres, redis)
            try:
                yield stack
            finally:
                redis = stack.redis or redis  # a fault may have started another
    finally:
        redis.terminate()
        redis.wait(10)
        postgres.remove()


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Stack]:
    """A gateway with SQLite and the embedded Redis, as `make run` starts it."""
    with _up(folder) as running:
        yield Stack(running, folder)


@contextlib.contextmanager
def _up(folder: Path, **settings: str) -> Iterator[Running]:
    """A gateway whose processes all follow a clock that the test can shift."""
    clock = folder / "clock"
    clock.write_text("0")
    settings |= {"CHAOS_CLOCK": str(clock), "PYTHONPATH": str(Path(__file__).parent / "clock")}
    with gateway_up(folder, SECRET_KEYS="secret of the chaos run", **settings) as running:
        yield running


def start_redis(folder: Path) -> subprocess.Popen[bytes]:
    address = folder / "redis.sock"
    process = subprocess.Popen(
        [redis_server(), "--port", "0", "--unixsocket", str(address), "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    wait_for_redis(f"unix://{address}", process)
    return process


def worker_killed(stack: Stack) -> bool:
    return _kill(stack, "worker")


def web_killed(stack: Stack) -> bool:
    return _kill(stack, "web")


def _kill(stack: Stack, part: str) -> bool:
    os.kill(eventually(lambda: stack.running.part(part) or 0), signal.SIGKILL)
    return True


def redis_gone(stack: Stack) -> bool:
    if stack.redis:
        stack.redis.kill()
        stack.redis.wait(10)
        time.sleep(HELD)
        stack.redis = start_redis(stack.folder)
    else:
        _kill(stack, "redis")
    return True


def redis_emptied(stack: Stack) -> bool:
    with contextlib.closing(Redis.from_url(stack.redis_socket)) as redis:
        redis.flushall()
    return True


def database_locked(stack: Stack) -> bool:
    if stack.postgres:
        with psycopg.connect(f"{stack.postgres.address}/chaos") as connection:
            connection.execute("LOCK TABLE concerns, outbox, messages IN ACCESS EXCLUSIVE MODE")
            time.sleep(HELD)
            connection.rollback()
        return True
    with contextlib.closing(sqlite3.connect(stack.folder / "var" / "ccs.db", timeout=20)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(HELD)
        other.rollback()
    return True


def database_restarted(stack: Stack) -> bool:
    if stack.postgres is None:
        return False  # SQLite has no server
    stack.postgres.stop()
    stack.postgres.start()
    return True


def duplicate_webhooks(stack: Stack) -> bool:
    stack.duplicate = True
    return True


def reordered_receipts(stack: Stack) -> bool:
    stack.duplicate = False
    stack.mood("shuffles_reports")
    return True


def provider_refuses(stack: Stack) -> bool:
    stack.mood("refuses_request")
    return True


def provider_answers_too_late(stack: Stack) -> bool:
    stack.mood("answers_too_late")
    return True


def clock_jumps(stack: Stack) -> bool:
    """Moves the clock a day ahead and back again."""
    stack.offset.write_text("86400")
    time.sleep(HELD)
    stack.offset.write_text("0")
    return True


def disk_full(stack: Stack) -> bool:
    """Forbids the web processes and the worker to write to files: the kernel refuses as it does when a disk is full."""
    stack.mood("well")
    if stack.postgres:
        return False  # a fault of the embedded database only
    pids = [*stack.web_processes(), *filter(None, [stack.running.part("worker")])]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    time.sleep(HELD)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return True


FAULTS: dict[str, Callable[[Stack], bool]] = {
    "clock jump": clock_jumps,
    "worker killed": worker_killed,
    "web killed": web_killed,
    "Redis gone": redis_gone,
    "Redis emptied": redis_emptied,
    "database locked": database_locked,
    "database restarted": database_restarted,
    "duplicate webhooks": duplicate_webhooks,
    "reordered receipts": reordered_receipts,
    "provider 5xx": provider_refuses,
    "provider too late": provider_answers_too_late,
    "disk full": disk_full,
}
"""Each returns whether it happened: some have no meaning with PostgreSQL, or without.

Work that was claimed while the clock was ahead, or by a worker that was killed, waits for the sweep of the next minute or
for the end of the lease. These faults come first, so that this time passes during the others.
"""
