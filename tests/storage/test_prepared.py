"""Statements that go to the driver without SQLAlchemy's own execution behave as SQLAlchemy's do."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from storage.connection import connection_of
from storage.database import Database
from storage.insert_once import inserting
from storage.prepared import Prepared, bound
from storage.tables.messages import FiledSession
from tests.support.queries import asked_queries

ROWS = FiledSession.__table__
COLUMNS = ("key_hash", "run", "typed_hash", "is_over", "filed_at")
KEEP = Prepared(lambda _: insert(FiledSession).values(bound(ROWS, *COLUMNS)))
KEEP_NEW = Prepared(lambda dialect_name: inserting(FiledSession, dialect_name).values(bound(ROWS, *COLUMNS)))
READ = Prepared(lambda _: select(*(ROWS.c[name] for name in COLUMNS)).where(ROWS.c.run == bound(ROWS, "run")["run"]))
ROW = {
    "key_hash": b"\x01" * 32,
    "run": "first",
    "typed_hash": b"",
    "is_over": False,
    "filed_at": datetime(2026, 11, 26, 8, 30, tzinfo=UTC),
}


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    database = Database(database_address.replace("postgresql:", "postgresql+psycopg:"))
    yield database
    database.close()


def test_values_come_back_as_they_were_written(database: Database) -> None:
    with database.write() as transaction:
        assert list(KEEP.execute(connection_of(transaction), ROW)) == []
    with database.look() as connection:
        assert tuple(READ.first(connection, {"run": "first"}) or ()) == tuple(ROW.values())
        assert READ.first(connection, {"run": "second"}) is None
    with database.read() as transaction:
        assert transaction.get_one(FiledSession, ROW["key_hash"]).filed_at == ROW["filed_at"]


def test_many_rows_are_written_at_once_and_those_that_exist_are_not_counted(database: Database) -> None:
    def row(number: int) -> dict[str, object]:
        return ROW | {"key_hash": bytes([number]) * 32, "run": f"run {number}"}

    with database.write() as transaction:
        assert KEEP_NEW.execute_many(connection_of(transaction), [row(1), row(2)]) == 2
        assert KEEP_NEW.execute_many(connection_of(transaction), [row(2), row(3), row(4)]) == 2
        assert KEEP_NEW.execute_many(connection_of(transaction), [row(4)]) == 0
    with database.look() as connection:
        kept = [READ.first(connection, {"run": f"run {number}"}) for number in range(1, 6)]
    assert [tuple(values or ()) for values in kept] == [*(tuple(row(number).values()) for number in range(1, 5)), ()]


def test_a_refused_row_is_an_error_of_sqlalchemy_without_its_values(database: Database) -> None:
    def keep_twice() -> None:
        with database.write() as transaction:
            KEEP.execute(connection_of(transaction), ROW)
            KEEP.execute(connection_of(transaction), ROW | {"run": "second"})

    with pytest.raises(IntegrityError) as refused:
        keep_twice()
    assert "second" not in str(refused.value)
    with database.look() as connection:
        assert READ.first(connection, {"run": "first"}) is None  # nothing of the transaction is kept


def test_a_value_that_is_missing_is_not_taken_for_null(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as transaction:
        KEEP.execute(connection_of(transaction), {name: ROW[name] for name in COLUMNS if name != "run"})


def test_who_counts_the_queries_of_an_engine_sees_these_too(database: Database) -> None:
    with asked_queries(database) as asked, database.look() as connection:
        READ.first(connection, {"run": "first"})
    assert len(asked) == 1
