"""The CPU time of a message in the worker: the model, and everything beside it (claim, agenda, history, answer).

Reports by USSD need no answer. An SMS gets one, which is sealed and queued. On SQLite and PostgreSQL.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench.drain import TEXTS, prepare
from bench.figures import tell
from config.settings import load_settings
from flows.msisdn import Msisdn
from gateway.runtime.deployment import Deployment
from gateway.runtime.garbage import spare_loaded
from gateway.worker.low_priority import calculate_on_one_core
from gateway.worker.triage import BATCH, read_batch
from storage.concerns.concerns import NewConcern, insert_concern
from storage.enumerations import Work
from storage.messages.outbox import claim_work
from storage.people.contacts import ensure_contact
from storage.write_group import Turn
from tests.support import servers

MANY, ROUNDS = 500, 5
"""Messages of a round; the figures are medians of the rounds."""


def main() -> None:
    """Runs the benchmark and prints its figures."""
    for name in ("SQLite", "PostgreSQL"):
        with _deployment(name) as deployment:
            for channel in ("ussd", "sms"):
                _file(deployment, channel, BATCH)
                _drain(deployment)  # warms caches up
                model, beside = zip(*(_round(deployment, channel) for _ in range(ROUNDS)), strict=True)
                tell(f"{name}, {channel}: the model, CPU a message", statistics.median(model) * 1000, "ms")
                tell(f"{name}, {channel}: beside it", statistics.median(beside) * 1000, "ms", "wanted: at most 0.5")


def _round(deployment: Deployment, channel: str) -> tuple[float, float]:
    """CPU seconds a message: the model, and everything beside it."""
    _file(deployment, channel, MANY)
    whole, model = _drain(deployment) / MANY, _model_alone(deployment)
    return model, whole - model


@contextlib.contextmanager
def _deployment(name: str) -> Iterator[Deployment]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ccs-beside-"))
        os.environ |= {"DATA_DIR": folder, "SMS_PROVIDER": "simulator"}
        os.environ["REDIS_URL"] = stack.enter_context(servers.redis(Path(folder)))
        os.environ.pop("DATABASE_URL", None)
        if name == "PostgreSQL":
            server = stack.enter_context(servers.postgresql())
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE beside")
            os.environ["DATABASE_URL"] = f"{server}/beside"
        settings = load_settings()
        prepare(settings)
        deployment = Deployment.open(settings, turn=Turn.CHORE)
        spare_loaded()  # as the worker does
        calculate_on_one_core()
        yield deployment
        deployment.close()


def _file(deployment: Deployment, channel: str, count: int) -> None:
    """Files reports, each of its own person, as the web process does."""
    vault, now = deployment.vault, datetime.now(UTC)
    with deployment.database.write() as transaction:
        for number in range(count):
            person = ensure_contact(transaction, vault, Msisdn(f"+2237{time.monotonic_ns() % 10**7:07d}"), now)
            new = NewConcern(
                source=(channel, str(time.monotonic_ns())),
                channel=channel,
                text=TEXTS[number % len(TEXTS)],
                contact_id=person.id,
                spoken="fr",
                category="theft" if channel == "ussd" else None,
                commune="ml-bamako-commune-iv" if channel == "ussd" else None,
            )
            insert_concern(transaction, vault, new, now)


def _drain(deployment: Deployment) -> float:
    """CPU seconds until all reports are read."""
    began = time.process_time()
    while True:
        with deployment.database.write() as transaction:
            claim = claim_work(transaction, Work.TRIAGE, deployment.now(), BATCH)
        if not claim.subjects:
            return time.process_time() - began
        read_batch(deployment, claim)


def _model_alone(deployment: Deployment) -> float:
    """CPU seconds to read one message."""
    began = time.process_time()
    for number in range(MANY):
        deployment.triage.read(TEXTS[number % len(TEXTS)], None)
    return (time.process_time() - began) / MANY
