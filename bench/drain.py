"""Triage of waiting concerns in batches by one job, compared with one RQ job each; same worker, database and pack."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis
from rq import Queue, Worker

from bench.figures import tell
from config.pack.loader import load_pack
from config.settings import Settings, load_settings
from gateway.runtime.redis_client import connect_worker_redis
from gateway.runtime.wake_worker import QUEUE, enqueue_drain
from gateway.worker.parts import parts
from gateway.worker.triage import read_batch
from storage.committees.committees import load_registry
from storage.concerns.concerns import NewConcern, file_concern
from storage.database import Database
from storage.enumerations import Work
from storage.messages.outbox import claim_work, count_waiting
from storage.safety.vault import Vault
from tests.support import servers

MANY = 10_000
EACH = 1_000
"""Concerns for the slow way: a tenth, so that the benchmark ends in time. The figures are per second."""
TEXTS = (
    "on a volé ma moto à Lafiabougou hier", "sonw ye butigi kari Kalabankura su in na",
    "aucun lampadaire ne marche à Sogoniko", "dispute de parcelle a Yirimadio", "bagarre à Banconi samedi passé",
)  # fmt: skip


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-drain-") as folder, servers.redis(Path(folder)) as redis_address:
        os.environ |= {"DATA_DIR": folder, "REDIS_URL": redis_address, "SMS_PROVIDER": "simulator"}
        settings = load_settings()
        redis = connect_worker_redis(settings, 10.0)
        prepare(settings)
        parts.load(settings)
        each = one_job_each(settings, redis)
        drained = in_batches(settings, redis)
        tell(f"drained in batches, {MANY} concerns", drained, "/s")
        tell(f"one RQ job each, {EACH} concerns", each, "/s")
        tell("times as fast", drained / each, "", "wanted: at least 5")


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


def in_batches(settings: Settings, redis: Redis) -> float:
    """Concerns read in a second, if one job reads them in batches."""
    wait_for_work(settings, MANY, "many")
    enqueue_drain(redis)
    return MANY / work_off(settings, redis)


def one_job_each(settings: Settings, redis: Redis) -> float:
    """Concerns read in a second, with one RQ job for each."""
    wait_for_work(settings, EACH, "each")
    queue = Queue(QUEUE, connection=redis)
    queue.enqueue_many([Queue.prepare_data(read_one, result_ttl=0) for _ in range(EACH)])
    return EACH / work_off(settings, redis)


def work_off(settings: Settings, redis: Redis) -> float:
    """Seconds for all jobs with RQ's default worker, which forks for each. Raises `SystemExit` if work is left."""
    began = time.monotonic()
    Worker([QUEUE], connection=redis).work(burst=True, logging_level="ERROR")
    took = time.monotonic() - began
    database = Database(settings.database_address)
    with database.read() as transaction:
        if left := count_waiting(transaction, datetime.now(UTC)):
            raise SystemExit(f"not all was done: {left}")
    database.close()
    return took


def read_one() -> None:
    """The job of the slow way: claims one concern and reads it."""
    deployment, _ = parts.get()
    with deployment.database.write() as transaction:
        claim = claim_work(transaction, Work.TRIAGE, deployment.now(), 1)
    read_batch(deployment, claim)
