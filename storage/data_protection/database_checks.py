"""Whether the database keeps what is written, and whether its pages are whole: looked at by the worker, told by all."""

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
"""Without a row that was written, after which the database counts as one that takes none: it is tried every minute."""
WELL = "ok"


class Check(StrEnum):
    ROW = "row"
    """One row is written and read back, every minute."""
    PAGES = "pages"
    """Every page is looked at, every night."""


@dataclass(frozen=True, slots=True)
class Found:
    """`state` is `ok` or says what is wrong."""

    state: str
    checked_at: datetime

    def told(self, now: datetime) -> str:
        return f"{self.state}, {max(0, round((now - self.checked_at).total_seconds()))} s ago"


def check_row(database: Database, now: datetime) -> str:
    """Raises `SQLAlchemyError` where nothing can be written; then the last good check grows old."""
    with database.write() as transaction:
        _keep(transaction, Check.ROW, WELL, now)
    with database.read() as transaction:
        kept = transaction.get(DatabaseCheck, Check.ROW.value)
    if kept is not None and kept.checked_at == now:
        return WELL
    with database.write() as transaction:
        _keep(transaction, Check.ROW, "what was written cannot be read", now)
    return "what was written cannot be read"


def check_pages(database: Database, now: datetime) -> str:
    """SQLite looks at each page; PostgreSQL counts the pages whose checksum was wrong when they were read."""
    try:
        with database.read() as transaction:
            found = _sqlite_pages(transaction) if database.is_sqlite else _postgresql_pages(transaction)
    except SQLAlchemyError as error:
        found = f"damaged ({type(error).__name__})"
    with database.write() as transaction:
        _keep(transaction, Check.PAGES, found, now)
    return found


def last_checks(transaction: Transaction) -> dict[Check, Found]:
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
