"""One database, SQLite in WAL mode or PostgreSQL; the same code on both."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from storage.safety.audit import write_chain
from storage.write_group import BUSY_TIMEOUT, Turn
from storage.write_queue import HOLDS_LOCK, WriteQueue, own_turn

WIPE_PATIENCE = 0.02
"""Seconds that emptying SQLite's log waits for readers, with the lock in its hand; the sweep comes back to it."""
LONGEST_SLICE = 0.008
"""Seconds after which a transaction of many like things is committed and the rest goes into the next one, so that
nobody waits longer than 20 ms for it."""
MOST_CONNECTIONS = 16
"""Of SQLite: one for each thread of the web process."""
POOL_TIMEOUT = 30
"""Seconds that a request waits for a connection of the pool; SQLAlchemy's own default."""
ERASES = "erases"
"""Set in `Session.info` by what must not stay readable in the log."""
Item = TypeVar("Item")
_writing: ContextVar[bool] = ContextVar("writing", default=False)


def is_writing() -> bool:
    """Whether this thread is inside a write transaction, for which every other writer may be waiting."""
    return _writing.get()


class Database:
    """Transactions on one database; safe to share between threads, made afresh after a fork.

    `turn` is when this process's writers come among those who wait for SQLite's lock (`storage.write_queue`).
    `patience` bounds how many seconds PostgreSQL may take to connect and to answer a statement; unset, it may take its
    time. `on_wait` is told after how many seconds each transaction that writes could begin.
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
            _prepare_sqlite(self.engine)
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

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at its end, rolled back on any error.

        Nothing slow belongs into it: on SQLite all other writers wait. Raises `WriteLockHeld` if the lock does not
        become free in time.
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

    def _tell_wait(self, asked_at: float) -> None:
        if self.on_wait:
            self.on_wait(time.perf_counter() - asked_at)

    @property
    def writers_waiting(self) -> int:
        """How many of this process's writers wait for SQLite's lock; PostgreSQL has none."""
        return self._queue.standing if self.is_sqlite else 0

    def write_slices(self, items: Iterable[Item], begin: Callable[[Session], Callable[[Item], object]]) -> None:
        """Does something for each item, in as many transactions as it takes so that none is long.

        `begin` is called with each transaction, and what it returns with each item. An error ends it; what was
        committed before stays.
        """
        waiting = deque(items)
        while waiting:
            with self.write() as transaction:
                until = time.monotonic() + LONGEST_SLICE
                do = begin(transaction)
                while waiting:
                    do(waiting.popleft())
                    if time.monotonic() >= until:
                        break

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one state of the database and writes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def wipe_log(self) -> bool:
        """Empties SQLite's log, which holds what was erased as it was before; false while somebody still reads it."""
        if not self.is_sqlite:
            return True
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute(f"PRAGMA busy_timeout={int(WIPE_PATIENCE * 1000)}")
                is_busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.Error:
                return False  # what was erased is committed: that must not fail for the log
            finally:
                driver.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")
        return not is_busy

    def migrate(self) -> None:
        """To the newest schema, forward from wherever it is."""
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
    """SQLite changes a table by making it anew: while the old one goes, what points to it must not stop it.

    Told to the driver itself: inside a transaction the pragma would do nothing.
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


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def _private(_: object, __: object, arguments: list[Any], ___: object) -> None:
        """SQLite would let everybody read a file that it makes; its log takes the mode of the database."""
        if engine.url.database and engine.url.database != ":memory:":
            with suppress(OSError):  # SQLite itself says what is wrong
                os.close(os.open(arguments[0], os.O_RDWR | os.O_CREAT, 0o600))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we begin ourselves: a writer takes its lock at the start
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL, not NORMAL: what a citizen was thanked for survives a power cut.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("ccs_begin") != HOLDS_LOCK:
            connection.exec_driver_sql("BEGIN DEFERRED")
