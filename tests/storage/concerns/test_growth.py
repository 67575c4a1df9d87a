"""With years of concerns behind it, the queue's page and a digest's week still come from an index."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session as Transaction

from flows.triage.urgency import Urgency
from storage.committees.agendas import agenda
from storage.concerns.access import Access
from storage.concerns.listing.filters import Filter
from storage.concerns.listing.pages import PAGE, communes_heard, next_open, queue
from storage.concerns.overview import asked_longest, counts, urgent_and_untreated
from storage.database import Database
from storage.enumerations import ConcernState
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from tests.support.gateway import A_TUESDAY
from tests.support.queries import plans

MANY = 10_000
"""Enough that the planner prefers an index where there is one."""


@pytest.fixture
def grown(database_address: str) -> Iterator[Database]:
    """Ten thousand concerns of three years in 40 communes; nine in ten are closed, one in ten is to be looked at."""
    database = Database(database_address.replace("postgresql://", "postgresql+psycopg://"))
    with database.write() as transaction:
        committees = transaction.scalars(select(Committee.code).order_by(Committee.code).limit(40)).all()
        transaction.execute(insert(Concern), [_row(number, committees[number % 40]) for number in range(MANY)])
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    yield database
    database.close()


def _row(number: int, committee: str) -> dict[str, Any]:
    return {
        "reference": f"G{number:09d}", "source": number.to_bytes(8, "big"), "channel": "ussd", "danger": False,
        "received_at": A_TUESDAY - timedelta(hours=2.6 * (MANY - number)), "text_sealed": b"x" * 120,
        "without_number": False, "commune": committee, "category": "theft", "urgency": tuple(Urgency)[number // 10 % 3],
        "urgency_rank": number // 10 % 3, "is_reply": False, "needs_review": number % 10 == 0, "reasons": [], "triaged_at": A_TUESDAY,
        "committee": committee, "version": 1,
        "state": ConcernState.RECEIVED if number % 10 == 1 else ConcernState.CLOSED,
    }  # fmt: skip


@pytest.mark.parametrize("page", [1, 10, 100])
def test_a_page_of_the_queue_comes_from_an_index_in_its_own_order(grown: Database, page: int) -> None:
    read = plans(grown, lambda transaction: queue(transaction, Access(), Filter(page=page)))
    pages = [plan for plan in read if "ix_concerns_open_page" in plan or "ix_concerns_queue" in plan]
    assert pages, read
    # PostgreSQL may sort the few open ones that the index gives it.
    assert not any("TEMP B-TREE" in plan for plan in read), read
    assert not any("Seq Scan" in plan for plan in pages), read


@pytest.mark.parametrize(
    ("narrowed", "indexes"),
    [
        (Filter(), {"open_page", "queue"}),
        (Filter(is_open=True), {"open_page"}),
        (Filter(commune="{commune}"), {"open_commune", "closed_commune", "commune_category_received_at"}),
        (Filter(category="theft"), {"open_category", "closed_category", "open_page", "queue"}),
        (Filter(urgency="emergency"), {"open_page", "queue"}),
        (Filter(state=ConcernState.RECEIVED), {"queue"}),
        (Filter(state=ConcernState.CLOSED), {"queue"}),
        (Filter(only_review=True), {"open_review", "closed_review"}),
        (Filter(since=A_TUESDAY - timedelta(days=7)), {"open_page", "queue", "received_at", "backlog"}),
    ],
    ids=["none", "open", "commune", "category", "urgency", "received", "closed", "review", "week"],
)
def test_a_filter_of_the_list_and_its_count_come_from_indexes(
    grown: Database, narrowed: Filter, indexes: set[str]
) -> None:
    if narrowed.commune:
        with grown.read() as transaction:
            narrowed = replace(narrowed, commune=transaction.scalars(select(Concern.commune).limit(1)).one())
    read = plans(grown, lambda transaction: queue(transaction, Access(), narrowed))
    for plan in read:
        assert set(re.findall(r"ix_concerns_(\w+)", plan)) & indexes, plan
        assert "Seq Scan" not in plan, plan


def test_no_more_concerns_are_counted_than_the_list_shows_in_pages(
    grown: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("filters", "pages"):
        monkeypatch.setattr(f"storage.concerns.listing.{module}.MOST_COUNTED", 5 * PAGE)
    with grown.read() as transaction:
        shown = [queue(transaction, Access(), Filter(page=page)) for page in (1, 5, 6)]
    assert [str(page.count) for page in shown] == [f"{5 * PAGE}+"] * 3
    assert [len(page.concerns) for page in shown] == [PAGE, PAGE, 0]


def test_the_start_page_and_the_next_concern_read_open_ones_alone(grown: Database) -> None:
    def look(transaction: Transaction) -> None:
        urgent_and_untreated(transaction, Access(), 50)
        counts(transaction, Access())
        asked_longest(transaction, Access(), 6)
        first = queue(transaction, Access(), Filter()).concerns[0]
        next_open(transaction, Access(), Filter(), first)
        communes_heard(transaction, Access())

    for plan in plans(grown, look):
        assert "Seq Scan on concerns" not in plan, plan
        assert not re.search(r"SCAN concerns(?! USING)", plan), plan
        assert "ix_concerns_duplicate_of" not in plan, plan


def test_the_next_concern_goes_through_the_open_ones_in_the_order_of_the_list(grown: Database) -> None:
    with grown.read() as transaction:
        listed = queue(transaction, Access(), Filter(is_open=True)).concerns
        followers = [next_open(transaction, Access(), Filter(), concern) for concern in listed[:-1]]
        last = transaction.scalars(
            select(Concern)
            .where(Concern.state != ConcernState.CLOSED)
            .order_by(Concern.urgency_rank.desc(), Concern.received_at, Concern.id)
            .limit(1)
        ).one()
        assert [follower.id for follower in followers if follower] == [concern.id for concern in listed[1:]]
        assert next_open(transaction, Access(), Filter(), last) == listed[0]


def test_pages_are_whole_and_in_one_order(grown: Database) -> None:
    with grown.read() as transaction:
        last = -(-MANY // PAGE)
        numbers = [1, MANY // 10 // PAGE, MANY // 10 // PAGE + 1, last, last + 1]
        pages = [queue(transaction, Access(), Filter(page=number)) for number in numbers]
        in_all = transaction.scalars(
            select(Concern.id).order_by(
                Concern.state == ConcernState.CLOSED,
                Concern.urgency_rank,
                Concern.received_at.desc(),
                Concern.id.desc(),
            )
        ).all()
    for number, page in zip(numbers, pages, strict=True):
        assert str(page.count) == str(MANY)
        assert [row.id for row in page.concerns] == list(in_all[(number - 1) * PAGE : number * PAGE])


def test_a_digest_reads_its_week_alone(grown: Database) -> None:
    with grown.read() as transaction:
        committee = transaction.scalars(select(Concern.committee).limit(1)).one() or ""
    week = (A_TUESDAY - timedelta(days=7), A_TUESDAY)
    read = plans(grown, lambda transaction: agenda(transaction, committee, A_TUESDAY, week))
    assert any("ix_concerns_committee_received_at" in plan or "ix_concerns_received_at" in plan for plan in read), read
    assert not any("SCAN concerns" in plan or "Seq Scan on concerns" in plan for plan in read), read
