"""Inserts what must be there once, on both databases."""

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
    """Inserts a row unless its unique key is there already; says whether it did. The same on both databases."""
    return inserted_key(transaction, table, **values) is not None


def inserted_key(transaction: Transaction, table: type[Base], **values: Any) -> Any:
    """Inserts a row and gives back its primary key, or None where its unique key is there already.

    RETURNING tells it: psycopg's row count of such a statement does not.
    """
    transaction.flush()  # what the row points to may have been added a line before
    connection = connection_of(transaction)
    return connection.execute(_statement(table, connection.dialect.name), values).scalar()


@cache
def _statement(table: type[Base], dialect_name: str) -> Executable:
    """Made once for a table: which columns it sets is known from the values of each execution."""
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    rows = cast("Table", table.__table__)
    inserting = dialect.insert(rows).on_conflict_do_nothing()
    return cast("Executable", inserting.returning(next(iter(rows.primary_key.columns))))
