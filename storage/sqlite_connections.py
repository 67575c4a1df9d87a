"""How each connection to SQLite is opened and set."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, event

from storage.write_group import HOLDS_LOCK

LARGEST_LOG = 8_000
"""Pages of SQLite's log (4 kB each) after which a commit moves them into the database file: `Database.shorten_log`."""


def prepare_sqlite(engine: Engine) -> None:
    """Gives each new connection of the engine its settings."""

    @event.listens_for(engine, "do_connect")
    def _private(_: object, __: object, arguments: list[Any], ___: object) -> None:
        """Creates the file readable for its owner only, unlike SQLite. The log gets the mode of the database file.

        A file that exists is never opened: closing it would drop this process's locks on it, and another process that
        closes the database would delete the log with all later commits (howtocorrupt.html of SQLite, 2.2).
        """
        if engine.url.database and engine.url.database != ":memory:":
            with suppress(OSError):  # it exists, or SQLite itself will report the error
                os.close(os.open(arguments[0], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves: a writer takes its lock at the start
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL, not NORMAL: a report that was confirmed to a citizen survives a power cut.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute(f"PRAGMA wal_autocheckpoint={LARGEST_LOG}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("ccs_begin") != HOLDS_LOCK:
            connection.connection.driver_connection.execute("BEGIN DEFERRED")
