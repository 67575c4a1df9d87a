"""A database whose transactions are all part of one: the demo stands whole at its end, or not at all.

A worker that runs beside sees no half of it, and sends none of its messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session as Transaction

from storage.database import Database


class OneTransaction(Database):
    """Gives everybody who asks for a transaction the one that is open, inside a savepoint of their own."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.engine, self.is_sqlite, self.name = database.engine, database.is_sqlite, database.name
        self._transaction = transaction

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with self._transaction.begin_nested():
            yield self._transaction

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        yield self._transaction
