"""Transactions on SQLite that are committed together, and the writers' places in the queue before it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError


class Turn(IntEnum):
    """Whose turn comes first among those who wait."""

    REQUEST = 0
    """A citizen or a provider waits for the answer."""
    PAGE = 1
    CHORE = 2
    """Work of the worker, or a command."""


BUSY_TIMEOUT = 15.0
"""Seconds that SQLite itself waits where no queue does: readers of a database that is just being opened or mended."""


class WriteLockHeld(OperationalError):
    """The lock did not become free in time, or too many wait for it."""

    def __init__(self) -> None:
        super().__init__("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))


class NotCommitted(OperationalError):
    """The commit that was to keep this transaction and others failed: nothing of them is kept."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__("COMMIT", None, error or sqlite3.OperationalError("the transaction was rolled back"))


@dataclass(eq=False)
class Group:
    """Transactions of one commit."""

    connection: Connection
    turn: Turn
    closes_at: float
    kept: list[Place] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def is_begun(self) -> bool:
        """SQLite ends a transaction by itself when the disk is full or cannot be read."""
        driver: Any = self.connection.connection.driver_connection
        return self.connection.in_transaction() and bool(driver.in_transaction)


class Place:
    """The place of one writer. `called` and `settled` are signals: locks that somebody else opens."""

    def __init__(self, turn: Turn, number: int) -> None:
        self.turn, self.rank = turn, (turn, number)
        self.group: Group | None = None
        self.called, self.settled = threading.Lock(), threading.Lock()
        self.called.acquire()
        self.settled.acquire()


@contextmanager
def without_sleep(driver: sqlite3.Connection) -> Iterator[None]:
    """SQLite says at once that somebody else has the lock."""
    driver.execute("PRAGMA busy_timeout=0")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")


def takes_lock(driver: sqlite3.Connection) -> bool:
    """Whether the transaction has begun; false while another process writes."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error
    return True


def commit_group(group: Group) -> None:
    """Keeps what the group has written; what fails stands in `group.error`."""
    try:
        if group.kept and not group.is_begun:
            raise NotCommitted
        if group.kept:
            group.connection.commit()
        else:
            group.connection.rollback()
    except BaseException as error:  # noqa: BLE001 - each member raises it to its caller
        group.error = error
        group.connection.invalidate()  # a transaction whose commit failed may still be open in it
    finally:
        group.connection.close()
