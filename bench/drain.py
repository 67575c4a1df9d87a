"""Triage of waiting concerns in batches, compared with one RQ job each, on SQLite and PostgreSQL; cost and memory.

`DRAINED` sets how many concerns are read in batches, in ten rounds; `DRAIN_ON` leaves out the other database.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from redis import Redis
from rq import Queue, Worker

from bench.figures import memory_of_process, tell
from config.pack.loader import load_pack
from config.settings import Settings, load_settings
from gateway.runtime.deployment import Deployment
from gateway.runtime.garbage import spare_loaded
from gateway.runtime.redis_client import connect_worker_redis
from gateway.runtime.wake_worker import QUEUE
from gateway.worker.dispatcher import drain_all
from gateway.worker.low_priority import calculate_on_one_core
from gateway.worker.parts import parts
from gateway.worker.triage import read_batch
from storage.committees.committees import load_registry
from storage.concerns.concerns import NewConcern, file_concern
from storage.database import Database
from storage.enumerations import Work
from storage.messages.outbox import claim_work, count_waiting
from storage.safety.vault import Vault
from tests.support import servers

DRAINED = int(os.environ.get("DRAINED", "10000"))
ROUNDS = 10
EACH = 100
"""Concerns for the slow way: few, so that the benchmark ends in time. The figures are per second."""
TEXTS = (
    "on a volé ma moto à Lafiabougou hier", "sonw ye butigi kari Kalabankura su in na",
    "aucun lampadaire ne marche à Sogoniko", "dispute de parcelle a Yirimadio", "bagarre à Banconi samedi passé",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Round:
    """One tenth of the concerns: their number, the seconds of the clock and of the processor, the memory after it."""

    concerns: int
    seconds: float
    cpu: float
    memory: float


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-drain-") as folder, servers.redis(Path(folder)) as redis_address:
        os.environ |= {"DATA_DIR": folder, "REDIS_URL": redis_address, "SMS_PROVIDER": "simulator"}
        for name, address in _databases(folder, os.environ.get("DRAIN_ON", "")):
            os.environ["DATABASE_URL"] = address
            settings = load_settings()
            prepare(settings)
            parts.close()
            parts.load(settings)
            spare_loaded()  # as the worker does
            calculate_on_one_core()
            measure(name, settings)


@contextmanager
def _postgresql() -> Iterator[str]:
    """The address of a new database on a new server."""
    with servers.postgresql() as address:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE drain")
        yield f"{address}/drain"


def _databases(folder: str, only: str) -> Iterator[tuple[str, str]]:
    """Name and address of each database that is measured."""
    if only in ("", "SQLite"):
        yield "SQLite", f"sqlite:///{folder}/ccs.db"
    if only in ("", "PostgreSQL"):
        with _postgresql() as address:
            yield "PostgreSQL", address


def measure(name: str, settings: Settings) -> None:
    """Prints messages a second both ways, the cost beside the model, and the memory after each tenth."""
    each = one_job_each(settings, connect_worker_redis(settings, 10.0))
    deployment, routing = parts.get()
    rounds = []
    for number in range(ROUNDS):
        wait_for_work(settings, DRAINED // ROUNDS, f"many-{number}")
        began, cpu = time.monotonic(), time.process_time()
        if not drain_all(deployment, routing, began + 600):
            raise SystemExit("not all was read")
        took, spent = time.monotonic() - began, time.process_time() - cpu
        rounds.append(Round(DRAINED // ROUNDS, took, spent, memory_of_process()))
    drained = sum(round.concerns for round in rounds) / sum(round.seconds for round in rounds)
    tell(f"{name}: drained in batches, {DRAINED} concerns", drained, "/s")
    tell(f"{name}: one RQ job each, {EACH} concerns", each, "/s")
    tell(f"{name}: times as fast", drained / each, "", "wanted: at least 40")
    model = _model(deployment)
    cost = statistics.median(round.cpu / round.concerns for round in rounds) * 1000
    tell(f"{name}: CPU of the worker a message, median of {ROUNDS} rounds", cost, "ms")
    tell(f"{name}: of which the model reads it in", model, "ms")
    tell(f"{name}: everything beside the model", cost - model, "ms", "wanted: at most 0.5")
    print(f"{name}: memory after each tenth in MB: {', '.join(f'{round.memory:.0f}' for round in rounds)}", flush=True)


def _model(deployment: Deployment) -> float:
    """Milliseconds of processor time in which the model reads one of the texts: the best of three rounds."""
    rounds = []
    for _ in range(3):
        began = time.process_time()
        for number in range(EACH):
            deployment.triage.read(TEXTS[number % len(TEXTS)], None)
        rounds.append((time.process_time() - began) * 1000 / EACH)
    return min(rounds)


def prepare(settings: Settings) -> None:
    """Migrates the database and loads the registry of committees."""
    database = Database(settings.database_address)
    database.migrate()
    with database.write() as transaction:
        load_registry(transaction, load_pack(settings.pack))
    database.close()


def wait_for_work(settings: Settings, count: int, name: str) -> None:
    """Files concerns as the web process does, without a contact, so that no SMS follows."""
    database, vault = Database(settings.database_address), Vault(settings.secret_keys)
    with database.write() as transaction:
        for number in range(count):
            new = NewConcern((name, str(number)), "sms", TEXTS[number % len(TEXTS)])
            file_concern(transaction, vault, new, datetime.now(UTC))
    database.close()


def one_job_each(settings: Settings, redis: Redis) -> float:
    """Concerns read in a second, with one RQ job for each and RQ's default worker, which forks for each job.

    Raises `SystemExit` if work is left.
    """
    wait_for_work(settings, EACH, "each")
    queue = Queue(QUEUE, connection=redis)
    queue.enqueue_many([Queue.prepare_data(read_one, result_ttl=0) for _ in range(EACH)])
    began = time.monotonic()
    Worker([QUEUE], connection=redis).work(burst=True, logging_level="ERROR")
    took = time.monotonic() - began
    database = Database(settings.database_address)
    with database.read() as transaction:
        if left := count_waiting(transaction, datetime.now(UTC)):
            raise SystemExit(f"not all was done: {left}")
    database.close()
    return EACH / took


def read_one() -> None:
    """The job of the slow way: claims one concern and reads it."""
    deployment, _ = parts.get()
    with deployment.database.write() as transaction:
        claim = claim_work(transaction, Work.TRIAGE, deployment.now(), 1)
    read_batch(deployment, claim)
