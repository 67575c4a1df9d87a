"""Inserts rows that may exist only once, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.sql import Executable

from storage.connection import connection_of
from storage.tables.base import Base

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
    return connection.execute(_statement(table, connection.dialect.name), values).scalar()


def insert_many_once(transaction: Transaction, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows whose unique key does not exist yet, many with one statement."""
    transaction.flush()
    connection = connection_of(transaction)
    for start in range(0, len(rows), STATEMENT_ROWS):
        connection.execute(_inserting(table, connection.dialect.name).values(rows[start : start + STATEMENT_ROWS]))


@cache
def _statement(table: type[Base], dialect_name: str) -> Executable:
    """The INSERT statement of a table, built once; the values of each execution say which columns it sets."""
    primary_key = cast("Table", table.__table__).primary_key
    return cast("Executable", _inserting(table, dialect_name).returning(next(iter(primary_key.columns))))


def _inserting(table: type[Base], dialect_name: str) -> Any:
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    return dialect.insert(cast("Table", table.__table__)).on_conflict_do_nothing()
