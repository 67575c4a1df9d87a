"""The digests of 819 committees with 100,000 open concerns, and an agenda of 5,000 concerns; SQLite, one core."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session as Transaction

from bench.figures import tell
from config.pack import Area, Committee, Pack
from config.settings import Settings
from flows.committees.agenda import subject_key
from flows.msisdn import Msisdn
from gateway.outbound.digests import send_due_digests
from gateway.runtime.deployment import Deployment, read_pack
from storage.committees.agendas import agenda
from storage.committees.committees import add_secretary, load_registry
from storage.enumerations import ConcernState, ItemState
from storage.people.contacts import ensure_contact
from storage.tables import committees as tables
from storage.tables.concerns import Concern
from storage.tables.messages import Message

COMMITTEES, CONCERNS, LARGE = 819, 100_000, 5_000
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
BUSY = "ml-bamako-commune-iv"


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-committees-") as folder:
        settings = Settings(
            data_dir=Path(folder), secret_keys=("bench" * 8,), webhook_token="bench", redis_url="unix:///nowhere.sock"
        )
        pack, triage = read_pack(settings)
        deployment = Deployment.open(settings, lambda: MONDAY, (_enlarged(pack), triage))
        deployment.database.migrate()
        codes = _fill(deployment)
        began, cpu = time.monotonic(), time.process_time()
        queued = send_due_digests(deployment)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        with deployment.database.read() as transaction:
            parts = transaction.scalar(select(func.max(Message.parts)))
        tell(f"digests of {len(codes)} committees over {CONCERNS} concerns", seconds, "s", "wanted: under 60")
        tell("their CPU time on one core", cpu, "s")
        tell("digests queued", queued, "")
        tell("SMS parts of the longest", float(parts or 0), "", "wanted: 3 at most")
        again = time.monotonic()
        twice = send_due_digests(deployment)
        tell("the same once more: queued", twice, "", "wanted: 0")
        tell("the same once more", time.monotonic() - again, "s")
        _agenda(deployment)
        deployment.close()


def _agenda(deployment: Deployment) -> None:
    best = min(_timed(deployment) for _ in range(5))
    tell(f"agenda of one committee with {LARGE} concerns, best of 5", best * 1000, "ms", "wanted: under 300")


def _timed(deployment: Deployment) -> float:
    with deployment.database.read() as transaction:
        began = time.monotonic()
        items = agenda(transaction, BUSY, MONDAY)
    assert sum(item.count for item in items) == LARGE
    return time.monotonic() - began


def _enlarged(pack: Pack) -> Pack:
    """The pack with invented communes, until it has as many committees as the country expects."""
    areas, committees = dict(pack.areas), dict(pack.committees)
    for number in range(COMMITTEES - len(committees)):
        code = f"ml-kayes-invented-{number}"
        areas[code] = Area(code, f"Commune inventée {number}", "commune", "ml-kayes")
        committees[code] = Committee(code, f"CCS inventé {number}", "communal", code, "ml-kayes", False, None)
    return replace(pack, areas=areas, committees=committees)


Key = tuple[str, str, str | None]
"""A commune, a category and a place. Concerns with the same key belong to one agenda item."""


def _fill(deployment: Deployment) -> list[str]:
    """Writes the committees and their concerns; returns the codes of all committees."""
    chance = random.Random(2026)
    with deployment.database.write() as transaction:
        load_registry(transaction, deployment.pack)
        for number, committee in enumerate(transaction.scalars(select(tables.Committee)).all()):
            committee.installed = True
            person = ensure_contact(transaction, deployment.vault, Msisdn(f"+2237100{number:04d}"), MONDAY)
            add_secretary(transaction, committee, person, MONDAY)
    communes = [committee.code for committee in deployment.pack.committees.values() if committee.level == "communal"]
    items: dict[Key, int] = {}
    concerns = _concerns(chance, communes, list(deployment.pack.categories), items)
    with deployment.database.write() as transaction:
        _write(transaction, communes, items, concerns)
    return list(deployment.pack.committees)


def _concerns(
    chance: random.Random, communes: list[str], categories: list[str], items: dict[Key, int]
) -> list[dict[str, object]]:
    """The rows of all concerns. Fills `items` with the number of each agenda item."""
    chosen = [chance.choice(communes) for _ in range(CONCERNS)]
    chosen = [commune for commune in chosen if commune != BUSY][: CONCERNS - LARGE] + [BUSY] * LARGE
    concerns: list[dict[str, object]] = []
    for number, commune in enumerate(chosen):
        place = f"Quartier {chance.randrange(40)}" if commune == BUSY else None
        category = chance.choice(categories)
        concerns.append(
            {
                "id": number + 1,
                "reference": f"CCS-{number:06X}",
                "source": number.to_bytes(4, "big"),
                "channel": "sms",
                "received_at": MONDAY - timedelta(minutes=chance.randrange(60 * 24 * 20)),
                "commune": commune,
                "committee": commune,
                "category": category,
                "place": place,
                "urgency_rank": chance.choice((0, 1, 2, 2, 2)),
                "item_id": items.setdefault((commune, category, place), len(items) + 1),
                "state": ConcernState.RECEIVED,
                "danger": False,
                "needs_review": False,
                "reasons": [],
                "version": 1,
            }
        )
    return concerns


def _write(
    transaction: Transaction, communes: list[str], items: dict[Key, int], concerns: list[dict[str, object]]
) -> None:
    meetings = {code: number for number, code in enumerate(communes, start=1)}
    soon = MONDAY + timedelta(days=10)
    transaction.execute(
        insert(tables.Meeting), [{"id": id, "committee": code, "starts_at": soon} for code, id in meetings.items()]
    )
    rows = [
        {
            "id": id,
            "committee": commune,
            "meeting_id": meetings[commune],
            "category": category,
            "commune": commune,
            "place": place,
            "subject_key": subject_key(category, commune, place),
            "state": ItemState.PROPOSED,
            "created_at": MONDAY,
        }
        for (commune, category, place), id in items.items()
    ]
    transaction.execute(insert(tables.AgendaItem), rows)
    transaction.execute(insert(Concern), concerns)
