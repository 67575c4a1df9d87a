"""The connection of a transaction, for statements that need no objects."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.orm import Session as Transaction

CONNECTION = "connection"
"""The key in `Session.info`. Asking the session each time costs a fifth of a short statement."""


def connection_of(transaction: Transaction) -> Connection:
    """The connection on which a transaction runs. In this project a SQLAlchemy session is one transaction."""
    connection: Connection | None = transaction.info.get(CONNECTION)
    if connection is None:
        connection = transaction.info[CONNECTION] = transaction.connection()
    return connection
