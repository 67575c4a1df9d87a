"""Counts what the database is asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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


def plans(database: Database, look: Any) -> list[str]:
    """How the database carries out each query of `look`, in its own words."""
    asked: list[tuple[str, Any]] = []

    def keep(_: object, __: object, statement: str, parameters: Any, ___: object, ____: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with database.read() as transaction:
        event.listen(database.engine, "before_cursor_execute", keep)
        try:
            look(transaction)
        finally:
            event.remove(database.engine, "before_cursor_execute", keep)
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        connection = transaction.connection()
        if not database.is_sqlite:
            # Of so few rows PostgreSQL would rather read and sort all than look into an index of a million.
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        return [
            "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in asked
        ]
