"""A database in which all transactions are part of one, so that the demo is written as a whole or not at all.

A worker that runs at the same time sees no half of it, and sends none of its messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session as Transaction

from storage.database import Database


class OneTransaction(Database):
    """Gives everybody the open transaction. An error in any part of it ends the whole."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.engine, self.is_sqlite, self.name = database.engine, database.is_sqlite, database.name
        self._transaction = transaction

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The open transaction; what was changed is written at the end."""
        yield self._transaction
        self._transaction.flush()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """The open transaction."""
        yield self._transaction
