"""One database, SQLite in WAL mode or PostgreSQL; the same code on both."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from storage.postgresql_ping import ask_quickly
from storage.safety.audit import write_chain
from storage.sqlite_connections import prepare_sqlite
from storage.write_group import BUSY_TIMEOUT, Turn
from storage.write_queue import WriteQueue, own_turn

WIPE_PATIENCE = 0.02
"""Seconds that emptying SQLite's log waits for readers while it holds the write lock; it is tried again later."""
LONGEST_LET = 0.05
"""Seconds that a calculation waits at most for a writer of its own process."""
MOST_CONNECTIONS = 17
"""Connections to SQLite: one for each thread of the web process, and one for its writers."""
POOL_TIMEOUT = 30
"""Seconds that a request waits for a connection of the pool; SQLAlchemy's own default."""
ERASES = "erases"
"""Set in `Session.info` by a transaction that erases data: SQLite's log is emptied after it."""
_writing: ContextVar[bool] = ContextVar("writing", default=False)


def is_writing() -> bool:
    """Whether this thread is inside a write transaction, while other writers may be waiting."""
    return _writing.get()


class Database:
    """Transactions on one database. Threads may share it; after a fork a new one is needed.

    `turn` is the priority of this process's writers in the queue for SQLite's lock (`storage.write_queue`).
    `patience` is the most seconds that PostgreSQL may take to connect and to answer a statement; None is no limit.
    `on_wait` is called with the seconds that each write transaction waited for its beginning.
    """

    on_wait: Callable[[float], object] | None = None

    def __init__(self, address: str, pool: int = 10, turn: Turn = Turn.REQUEST, patience: int | None = None) -> None:
        url = make_url(address)
        self.turn = turn
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.name = "sqlite" if self.is_sqlite else "postgresql"
        if self.is_sqlite:
            self.engine = create_engine(
                url,
                hide_parameters=True,
                pool_size=MOST_CONNECTIONS,
                connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
            )
            prepare_sqlite(self.engine)
            self._one_state = self.engine  # a transaction of SQLite always sees one
            self._without_transaction = self.engine  # SQLite begins one only with SQLAlchemy's own statements
            self._queue = WriteQueue(self.engine)
        else:
            self.engine = create_engine(
                url,
                hide_parameters=True,
                pool_size=pool,
                max_overflow=pool,
                pool_pre_ping=True,
                pool_timeout=patience or POOL_TIMEOUT,
                connect_args=_bounded(patience) if patience else {},
            )
            ask_quickly(self.engine)
            self._one_state = self.engine.execution_options(isolation_level="REPEATABLE READ")
            self._without_transaction = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at its end, and rolled back on any error.

        Do nothing slow in it: on SQLite all other writers wait. Raises `WriteLockHeld` if the lock does not become free
        in time.
        """
        asked_at = time.perf_counter()
        if self.is_sqlite:
            with self._queue.transaction(own_turn.get() or self.turn) as session, _marked_as_writing():
                self._tell_wait(asked_at)
                yield session
        else:
            with Session(self.engine, expire_on_commit=False) as session, session.begin(), _marked_as_writing():
                session.connection()
                self._tell_wait(asked_at)
                yield session
                write_chain(session)
        if session.info.pop(ERASES, False):
            self.wipe_log()

    @contextmanager
    def write_prepared(self) -> Iterator[Connection]:
        """A connection for a few `Prepared` statements that are committed when this returns. Raises as `write` does.

        On PostgreSQL it takes one statement, which commits itself: BEGIN and COMMIT would cost as much again.
        """
        asked_at = time.perf_counter()
        if self.is_sqlite:
            with self._queue.connection(own_turn.get() or self.turn) as connection, _marked_as_writing():
                self._tell_wait(asked_at)
                yield connection
        else:
            with self.look() as connection:
                self._tell_wait(asked_at)
                yield connection

    def _tell_wait(self, asked_at: float) -> None:
        if self.on_wait:
            self.on_wait(time.perf_counter() - asked_at)

    @property
    def writers_waiting(self) -> int:
        """How many of this process's writers wait for SQLite's lock; always 0 on PostgreSQL."""
        return self._queue.standing if self.is_sqlite else 0

    def let_writer_end(self) -> None:
        """Waits for a moment while a writer of this process has SQLite's lock; call it between two calculations.

        A calculation in another thread would lengthen its transaction, because the threads take turns.
        """
        until = time.monotonic() + LONGEST_LET
        while self.is_sqlite and self._queue.is_taken and time.monotonic() < until:
            time.sleep(0.001)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one state of the database and writes nothing."""
        with Session(self._one_state, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection for one `Prepared` query, which sees one state of the database without a transaction."""
        with self._without_transaction.connect() as connection:
            yield connection

    def shorten_log(self) -> None:
        """Moves SQLite's log into the database file, without stopping anybody. The worker does it every few seconds, so
        that no commit has to."""
        if self.is_sqlite:
            with self.engine.connect() as connection, suppress(sqlite3.Error):
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def wipe_log(self) -> bool:
        """Empties SQLite's log, which still contains erased data; returns false while somebody reads it."""
        if not self.is_sqlite:
            return True
        self.shorten_log()  # emptying stops all writers, so that it must have little left to do
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute(f"PRAGMA busy_timeout={int(WIPE_PATIENCE * 1000)}")
                is_busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.Error:
                return False  # the erasure is committed: it must not fail because of the log
            finally:
                driver.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")
        return not is_busy

    def migrate(self) -> None:
        """Migrates the database forward to the newest schema, from any older one."""
        if self.is_sqlite and self.engine.url.database:
            Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.engine.connect() as connection:
            config = self._alembic()
            config.attributes["connection"] = connection
            with _without_foreign_keys(connection) if self.is_sqlite else nullcontext():
                command.upgrade(config, "head")
                connection.commit()

    def is_migrated(self) -> bool:
        """Whether the schema is the newest one."""
        with self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current == ScriptDirectory.from_config(self._alembic()).get_current_head()

    def ping(self) -> None:
        """Raises `SQLAlchemyError` if the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Closes the connections that are not in use."""
        if self.is_sqlite:
            self._queue.close()
        self.engine.dispose()

    @staticmethod
    def _alembic() -> Config:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        return config


@contextmanager
def _marked_as_writing() -> Iterator[None]:
    was_writing = _writing.get()
    _writing.set(True)
    try:
        yield
    finally:
        # Not by a token: a test's generator may be ended in another context.
        _writing.set(was_writing)


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Turns foreign keys off: SQLite changes a table by copying it, and references must not stop that.

    The pragma goes directly to the driver, because inside a transaction it has no effect.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := driver.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"a migration left {len(broken)} rows that point to nothing")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _bounded(patience: int) -> dict[str, Any]:
    """Options of libpq: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS."""
    return {"connect_timeout": patience, "options": f"-c statement_timeout={patience * 1000}"}
