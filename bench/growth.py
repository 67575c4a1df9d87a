"""The queue's page, its filters, an agenda and a digest over years of concerns: 200,000 on SQLite, 1 M on PostgreSQL.

`GROWTH_SQLITE` and `GROWTH_POSTGRESQL` set other numbers of concerns; 0 leaves a database out.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session as Transaction

from bench.figures import tell
from config.pack import Pack
from config.pack.loader import load_pack
from config.settings import Settings
from storage.committees.agendas import agenda
from storage.committees.committees import load_registry
from storage.concerns.concerns import Access
from storage.concerns.listing import Filter, communes_heard, queue
from storage.database import Database
from storage.enumerations import ConcernState, ItemState, MeetingState
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern
from tests.support import servers

SIZES = {
    "sqlite": int(os.environ.get("GROWTH_SQLITE", "200000")),
    "postgresql": int(os.environ.get("GROWTH_POSTGRESQL", "1000000")),
}
BATCH = 20_000
ROUNDS = 5
OPEN = 0.1
"""Share of concerns that are not closed."""
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BUSIEST = 50
"""One of so many concerns comes from the busiest commune."""


def main() -> None:
    """Runs the benchmark and prints its figures."""
    pack = load_pack(Settings().pack)
    if size := SIZES["sqlite"]:
        with tempfile.TemporaryDirectory(prefix="ccs-growth-") as folder:
            run(pack, "SQLite", f"sqlite:///{Path(folder, 'ccs.db')}", size)
    if size := SIZES["postgresql"]:
        with servers.postgresql() as address:
            run(pack, "PostgreSQL", f"{address.replace('postgresql', 'postgresql+psycopg')}/postgres", size)


def run(pack: Pack, name: str, address: str, size: int) -> None:
    """Fills a database with `size` concerns, and prints the best time of each query in milliseconds."""
    database = Database(address)
    database.migrate()
    commune, committee = fill(database, pack, size)
    for what, look in looks(commune, committee).items():
        seconds = min(_timed(database, look) for _ in range(ROUNDS))
        tell(f"{name}, {size} concerns: {what}", seconds * 1000, "ms")
    database.close()


Look = Callable[[Database], object]


def looks(commune: str, committee: str) -> dict[str, Look]:
    """The queries of pages and commands, by name."""
    everything = Access()

    def page(narrowed: Filter) -> Look:
        """A look at the queue under a filter."""

        def look(database: Database) -> object:
            with database.read() as transaction:
                return queue(transaction, everything, narrowed)

        return look

    def with_transaction(do: Callable[..., object]) -> Look:
        """A look that reads in a transaction."""

        def look(database: Database) -> object:
            with database.read() as transaction:
                return do(transaction)

        return look

    week = (NOW - timedelta(days=7), NOW)
    return {
        "queue, first page": page(Filter()),
        "queue, page 100": page(Filter(page=100)),
        "queue, one commune": page(Filter(commune=commune)),
        "queue, one category": page(Filter(category="theft")),
        "queue, one state": page(Filter(state=ConcernState.RECEIVED)),
        "queue, to be looked at": page(Filter(only_review=True)),
        "communes of the filter": with_transaction(lambda transaction: communes_heard(transaction, everything)),
        "agenda of the busiest committee": with_transaction(lambda transaction: agenda(transaction, committee, NOW)),
        "digest of the busiest committee": with_transaction(
            lambda transaction: agenda(transaction, committee, NOW, week)
        ),
    }


def fill(database: Database, pack: Pack, size: int) -> tuple[str, str]:
    """Writes concerns of three years in all communes; returns the busiest commune and its committee."""
    with database.write() as transaction:
        load_registry(transaction, pack)
        committees = dict(transaction.execute(select(Committee.area, Committee.code)).tuples().all())
        communes = [area.code for area in pack.communes if area.code in committees]
        categories = list(pack.categories)
        meeting = Meeting(committee=committees[communes[0]], starts_at=NOW, state=MeetingState.PLANNED)
        transaction.add(meeting)
        transaction.flush()
        items = _items(transaction, meeting, categories, communes[0])
    for first in range(0, size, BATCH):
        rows = [
            _row(number, size, communes, committees, categories, items)
            for number in range(first, min(size, first + BATCH))
        ]
        with database.write() as transaction:
            transaction.execute(insert(Concern), rows)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return communes[0], committees[communes[0]]


def _items(transaction: Transaction, meeting: Meeting, categories: list[str], commune: str) -> list[int]:
    """One open agenda item for each category, of the busiest commune."""
    items = [
        AgendaItem(
            committee=meeting.committee, meeting_id=meeting.id, category=category, commune=commune,
            subject_key=f"{category}|{commune}|", state=ItemState.PROPOSED, created_at=NOW,
        )
        for category in categories
    ]  # fmt: skip
    transaction.add_all(items)
    transaction.flush()
    return [item.id for item in items]


def _row(
    number: int, size: int, communes: list[str], committees: dict[str, str], categories: list[str], items: list[int]
) -> dict[str, object]:
    """The concern with this number; the first is the oldest."""
    is_busiest = number % BUSIEST == 0
    commune = communes[0] if is_busiest else communes[1 + number % (len(communes) - 1)]
    category = number // 7 % len(categories)
    is_open = number % 1000 < OPEN * 1000
    return {
        "reference": f"G{number:09d}",
        "source": number.to_bytes(8, "big"),
        "channel": "ussd",
        "received_at": NOW - timedelta(days=3 * 365 * (size - number) / size),
        "text_sealed": b"x" * 120,
        "commune": commune,
        "category": categories[category],
        "urgency": "priority",
        "urgency_rank": number % 3,
        "kind": "concern",
        "needs_review": number % 10 == 0,
        "reasons": [],
        "danger": False,
        "without_number": False,
        "triaged_at": NOW,
        "committee": committees[commune],
        "item_id": items[category] if is_busiest and is_open else None,
        "state": ConcernState.RECEIVED if is_open else ConcernState.CLOSED,
        "version": 1,
    }


def _timed(database: Database, look: Look) -> float:
    begun_at = time.perf_counter()
    look(database)
    return time.perf_counter() - begun_at
