"""Inserts rows that may exist only once, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Column, Connection, Select, Table, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.prepared import Prepared, bound
from storage.tables.base import Base

_FROM_SEQUENCE = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
STATEMENT_ROWS = 100
"""Rows of one statement: SQLite before 3.32 takes 999 values."""


def insert_once(transaction: Transaction, table: type[Base], **values: Any) -> bool:
    """Inserts a row unless its unique key exists already; returns whether it did."""
    return inserted_key(transaction, table, **values) is not None


def inserted_key(transaction: Transaction, table: type[Base], **values: Any) -> Any:
    """Inserts a row and returns its primary key, or None if its unique key exists already.

    It uses RETURNING, because psycopg's row count of such a statement is not reliable.
    """
    transaction.flush()  # the row may refer to objects that were just added
    connection = connection_of(transaction)
    if prepared := _one(table, tuple(values)):
        inserted = prepared.first(connection, values)
        return inserted[0] if inserted else None
    return connection.execute(_statement(table, connection.dialect.name), values).scalar()


def insert_many_once(transaction: Transaction, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows whose unique key does not exist yet. All rows set the same columns.

    The driver gets one short statement with all rows: a statement with many VALUES would be compiled anew each time.
    """
    if not rows:
        return
    transaction.flush()
    connection = connection_of(transaction)
    connection.execute(inserting(table, connection.dialect.name), rows)


def insert_with_ids(transaction: Transaction, table: type[Base], rows: Sequence[dict[str, Any]]) -> set[int]:
    """Inserts the rows whose unique key does not exist yet; sets `id` in all rows and returns the ids of the inserted.

    All rows set the same columns. The ids are drawn before: a statement that returns the ids of many rows is put
    together anew each time.
    """
    if not rows:
        return set()
    transaction.flush()
    connection = connection_of(transaction)
    column = cast("Table", table.__table__).columns["id"]
    ids = _drawn_ids(connection, column, len(rows))
    for id, row in zip(ids, rows, strict=True):
        row["id"] = id
    if _many(table, tuple(rows[0])).execute_many(connection, rows) == len(rows):
        return set(ids)
    return set(connection.scalars(_having(column), {"ids": ids}))


def _drawn_ids(connection: Connection, column: Column[Any], count: int) -> list[int]:
    """Unused ids: the next ones on SQLite, which has one writer at a time; else from PostgreSQL's sequence."""
    if connection.dialect.name == "sqlite":
        last = (_last(column).first(connection, {}) or (None,))[0] or 0
        return list(range(last + 1, last + 1 + count))
    return list(connection.scalars(_FROM_SEQUENCE, {"table": column.table.name, "count": count}))


@cache
def _many(table: type[Base], columns: tuple[str, ...]) -> Prepared:
    return Prepared(lambda dialect_name: inserting(table, dialect_name).values(bound(table.__table__, *columns)))


@cache
def _one(table: type[Base], columns: tuple[str, ...]) -> Prepared | None:
    """The INSERT of these columns; None if SQLAlchemy has to make a value of another column for each row."""
    others = [column for column in table.__table__.columns if column.key not in columns]
    if any(column.default is not None for column in others):
        return None
    return Prepared(lambda dialect_name: _statement(table, dialect_name).values(bound(table.__table__, *columns)))


@cache
def _last(column: Column[Any]) -> Prepared:
    return Prepared(lambda _: select(func.max(column)))


@cache
def _having(column: Column[Any]) -> Select[Any]:
    return select(column).where(column.in_(bindparam("ids", expanding=True)))


@cache
def _statement(table: type[Base], dialect_name: str) -> Any:
    """The INSERT statement of a table, built once; the values of each execution say which columns it sets."""
    primary_key = cast("Table", table.__table__).primary_key
    return inserting(table, dialect_name).returning(next(iter(primary_key.columns)))


@cache
def inserting(table: type[Base], dialect_name: str) -> Any:
    """The INSERT statement of a table that leaves out rows whose unique key exists already."""
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    return dialect.insert(cast("Table", table.__table__)).on_conflict_do_nothing()
