"""Inserts rows that may exist only once, on SQLite and PostgreSQL."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.sql import Executable

from storage.connection import connection_of
from storage.tables.base import Base


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


@cache
def _statement(table: type[Base], dialect_name: str) -> Executable:
    """The INSERT statement of a table, built once; the values of each execution say which columns it sets."""
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    rows = cast("Table", table.__table__)
    inserting = dialect.insert(rows).on_conflict_do_nothing()
    return cast("Executable", inserting.returning(next(iter(rows.primary_key.columns))))
