"""Inserts what must be there once, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Transaction

from storage.tables.base import Base


def insert_once(transaction: Transaction, table: type[Base], **values: Any) -> bool:
    """Inserts a row unless its unique key is there already; says whether it did. The same on both databases.

    What RETURNING gives back tells it: psycopg's row count of such a statement does not.
    """
    dialect = sqlite if transaction.get_bind().dialect.name == "sqlite" else postgresql
    key = inspect(table).primary_key[0]
    done = transaction.execute(dialect.insert(table).values(**values).on_conflict_do_nothing().returning(key))
    return done.first() is not None
