"""A database in which all transactions are part of one, so that the demo is written as a whole or not at all.

A worker that runs at the same time sees no half of it, and sends none of its messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session as Transaction

from storage.database import Database
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.people import Contact

KEPT = (Committee, Concern, Contact)
"""Rows that stay in memory until the end. Otherwise each step would load them again."""


class OneTransaction(Database):
    """Gives everybody the open transaction. An error in any part of it ends the whole."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.engine, self.is_sqlite, self.name = database.engine, database.is_sqlite, database.name
        self._transaction = transaction
        self._kept: list[object] = []
        event.listen(transaction, "pending_to_persistent", self._keep)
        event.listen(transaction, "loaded_as_persistent", self._keep)

    def _keep(self, _: Transaction, row: object) -> None:
        if isinstance(row, KEPT):
            self._kept.append(row)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The open transaction. What was changed is written when a query needs it, and at the end."""
        yield self._transaction

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """The open transaction."""
        yield self._transaction

    def let_writer_end(self) -> None:
        """Nobody else writes meanwhile."""
