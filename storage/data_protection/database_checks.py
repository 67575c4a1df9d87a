"""Checks that the database keeps what is written and that its pages are whole.

The worker makes the checks; health pages and commands only read the last result and its age.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from storage.database import Database
from storage.insert_once import insert_once
from storage.tables.messages import DatabaseCheck

STALE = timedelta(minutes=5)
"""If the last good check is older, the database counts as not writable. The check runs every minute."""
WELL = "ok"


class Check(StrEnum):
    """The two checks of the database."""

    ROW = "row"
    """One row is written and read back, every minute."""
    PAGES = "pages"
    """Every page is checked, every night."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a check: `state` is `ok` or says what is wrong."""

    state: str
    checked_at: datetime

    def told(self, now: datetime) -> str:
        """The result with its age in seconds, in one line."""
        return f"{self.state}, {max(0, round((now - self.checked_at).total_seconds()))} s ago"


def check_row(database: Database, now: datetime) -> str:
    """Writes a row and reads it back; returns the result.

    Raises `SQLAlchemyError` if nothing can be written. Health pages then see that the last good check is old.
    """
    with database.write() as transaction:
        before = transaction.get(DatabaseCheck, Check.ROW.value)
        earlier = before.checked_at if before else None
        _keep(transaction, Check.ROW, WELL, now)
    with database.read() as transaction:
        kept = transaction.get(DatabaseCheck, Check.ROW.value)
    # Another worker may have written since, so any new time shows that rows are kept.
    if kept is not None and (kept.checked_at == now or kept.checked_at != earlier):
        return WELL
    with database.write() as transaction:
        _keep(transaction, Check.ROW, "what was written cannot be read", now)
    return "what was written cannot be read"


def check_pages(database: Database, now: datetime) -> str:
    """Checks all pages, and keeps and returns the result. SQLite reads each page now; PostgreSQL reports how many
    wrong checksums it has counted so far. If PostgreSQL cannot be asked, nothing is kept."""
    try:
        with database.read() as transaction:
            found = _sqlite_pages(transaction) if database.is_sqlite else _postgresql_pages(transaction)
    except SQLAlchemyError as error:
        if not database.is_sqlite:  # it is away, which says nothing about its pages
            return f"not checked ({type(error).__name__})"
        found = f"damaged ({type(error).__name__})"
    with database.write() as transaction:
        _keep(transaction, Check.PAGES, found, now)
    return found


def last_checks(transaction: Transaction) -> dict[Check, Found]:
    """The last result of each check; a check that never ran is missing."""
    return {
        Check(database_check.kind): Found(database_check.found, database_check.checked_at)
        for database_check in transaction.scalars(select(DatabaseCheck))
    }


def _keep(transaction: Transaction, check: Check, found: str, now: datetime) -> None:
    insert_once(transaction, DatabaseCheck, kind=check.value, checked_at=now, found=found)
    kept = transaction.get_one(DatabaseCheck, check.value)
    kept.found, kept.checked_at = found, now


def _sqlite_pages(transaction: Transaction) -> str:
    first = transaction.execute(text("PRAGMA integrity_check(1)")).scalar()
    return WELL if first == "ok" else "damaged"


def _postgresql_pages(transaction: Transaction) -> str:
    count = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    wrong = transaction.execute(text(count)).scalar()
    return f"damaged ({wrong} pages)" if wrong else WELL
