"""Counts what the database is asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from storage.database import Database


@contextmanager
def asked_queries(database: Database) -> Iterator[list[str]]:
    """The statements that the database is asked while this lasts, without those that only open or lock something."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)", statement) and "pg_advisory" not in statement:
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
