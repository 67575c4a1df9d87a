"""Group commit on SQLite: transactions that are committed together, and the writers' places in the queue."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError


class Turn(IntEnum):
    """The priority of a writer in the queue; the lowest comes first."""

    REQUEST = 0
    """A citizen or a provider waits for the answer."""
    PAGE = 1
    CHORE = 2
    """Work of the worker, or a command."""


HOLDS_LOCK = "HELD"
"""The execution option `ccs_begin` of a connection on which the transaction has begun already."""
BUSY_TIMEOUT = 15.0
"""Seconds that SQLite itself waits for a lock outside the queue, such as a reader while the database is opened."""


class WriteLockHeld(OperationalError):
    """The write lock did not become free in time, or too many writers wait for it."""

    def __init__(self) -> None:
        super().__init__("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))


class NotCommitted(OperationalError):
    """The common commit of this transaction and others failed: none of them is kept."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__("COMMIT", None, error or sqlite3.OperationalError("the transaction was rolled back"))


class UnfinishedQuery(Exception):
    """A query that was not read to its end keeps the connection at an older state of the database: it cannot write."""


@dataclass(eq=False)
class Group:
    """The transactions that one commit keeps."""

    connection: Connection
    turn: Turn
    closes_at: float
    kept: list[Place] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def is_begun(self) -> bool:
        """Whether the transaction is still open. SQLite ends it by itself if the disk is full or cannot be read."""
        if self.connection.invalidated:
            return False
        driver: Any = self.connection.connection.driver_connection
        return self.connection.in_transaction() and bool(driver.in_transaction)


class Place:
    """The place of one writer in the queue. `called` and `settled` are locks that other threads release as signals."""

    def __init__(self, turn: Turn, number: int) -> None:
        self.turn, self.rank = turn, (turn, number)
        self.group: Group | None = None
        self.called, self.settled = threading.Lock(), threading.Lock()
        self.called.acquire()
        self.settled.acquire()


def connect_writer(engine: Engine) -> Connection:
    """A connection for one writer after the other. It never goes back to the pool: `drop_writer` closes it.

    SQLite reports at once that another process has the lock, and does not wait. `begin` sends no BEGIN, because
    `takes_lock` has done so.
    """
    connection = engine.connect().execution_options(ccs_begin=HOLDS_LOCK)
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    return connection


def drop_writer(connection: Connection) -> None:
    """Closes a connection of `connect_writer`."""
    connection.invalidate()
    connection.close()


def takes_lock(driver: sqlite3.Connection) -> bool:
    """Tries to begin a write transaction; returns false if another process is writing.

    Raises `OperationalError`, and `UnfinishedQuery` if the connection has to be replaced.
    """
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY_SNAPSHOT:
            raise UnfinishedQuery from None
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error
    return True


def commit_group(group: Group) -> Connection | None:
    """Commits a group; returns its connection for the next one, or None if it cannot be used any more.

    A failure is kept in `group.error`, and each member raises it.
    """
    try:
        if group.kept and not group.is_begun:
            raise NotCommitted
        if group.kept:
            group.connection.commit()
        else:
            group.connection.rollback()
        return group.connection
    except BaseException as error:  # noqa: BLE001 - each member raises it to its caller
        group.error = error
        drop_writer(group.connection)  # a transaction whose commit failed may still be open in it
        return None
