"""With years of concerns behind it, the queue's page and a digest's week still come from an index."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from storage.committees.agendas import agenda
from storage.concerns.concerns import Access
from storage.concerns.listing import PAGE, Filter, queue
from storage.database import Database
from storage.enumerations import ConcernState
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from tests.support.gateway import A_TUESDAY

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
        "without_number": False, "commune": committee, "category": "theft", "urgency": "priority",
        "urgency_rank": number // 10 % 3, "is_reply": False, "needs_review": number % 10 == 0, "reasons": [], "triaged_at": A_TUESDAY,
        "committee": committee, "version": 1,
        "state": ConcernState.RECEIVED if number % 10 == 1 else ConcernState.CLOSED,
    }  # fmt: skip


def plans(database: Database, look: Any) -> list[str]:
    """How the database carries out each query of `look`, in its own words."""
    asked: list[tuple[str, Any]] = []

    def keep(_: object, __: object, statement: str, parameters: Any, ___: object, ____: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with database.read() as transaction:
        event.listen(database.engine, "before_cursor_execute", keep)
        try:
            look(transaction)
        finally:
            event.remove(database.engine, "before_cursor_execute", keep)
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        connection = transaction.connection()
        return [
            "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in asked
        ]


@pytest.mark.parametrize("page", [1, 10, 100])
def test_a_page_of_the_queue_comes_from_an_index_in_its_own_order(grown: Database, page: int) -> None:
    read = plans(grown, lambda transaction: queue(transaction, Access(), Filter(page=page)))
    pages = [plan for plan in read if "ix_concerns_open_page" in plan or "ix_concerns_closed_page" in plan]
    assert pages, read
    # PostgreSQL may sort the few open ones that the index gives it.
    assert not any("TEMP B-TREE" in plan for plan in read), read
    assert not any("Seq Scan" in plan for plan in pages), read


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
    for number, (rows, count) in zip(numbers, pages, strict=True):
        assert count == MANY
        assert [row.id for row in rows] == list(in_all[(number - 1) * PAGE : number * PAGE])


def test_a_digest_reads_its_week_alone(grown: Database) -> None:
    with grown.read() as transaction:
        committee = transaction.scalars(select(Concern.committee).limit(1)).one() or ""
    week = (A_TUESDAY - timedelta(days=7), A_TUESDAY)
    read = plans(grown, lambda transaction: agenda(transaction, committee, A_TUESDAY, week))
    assert any("ix_concerns_committee_received_at" in plan or "ix_concerns_received_at" in plan for plan in read), read
    assert not any("SCAN concerns" in plan or "Seq Scan on concerns" in plan for plan in read), read
