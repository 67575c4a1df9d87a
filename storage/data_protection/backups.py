"""Encrypted backups of the whole database while it is in use: SQLite's online backup, or `pg_dump` for PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session as Transaction

from storage.data_protection.past import Moment
from storage.data_protection.since_backup import moment_of
from storage.database import Database
from storage.safety.sealed_file import CHUNK, read_sealed, write_sealed
from storage.safety.vault import Vault

LONGEST = 3600.0
"""The most seconds that a PostgreSQL tool may take."""

LIBPQ = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "connect_timeout": "PGCONNECT_TIMEOUT",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
}  # fmt: skip
"""Options of an address, and the variables by which PostgreSQL's tools are told them.
https://www.postgresql.org/docs/current/libpq-envars.html
"""


class BackupError(Exception):
    """A backup could not be made or restored. The text is one line that says what is wrong."""


def back_up(database: Database, vault: Vault, file: Path, now: datetime) -> int:
    """Writes an encrypted copy to `file`, whole or not at all. Raises `BackupError`.

    Returns the size in bytes of the copy before it is encrypted.
    """
    draft = file.with_name(f".{file.name}.part")
    with database.read() as transaction:
        moment = moment_of(transaction, now)
    try:
        with tempfile.TemporaryDirectory(prefix="ccs-backup-", dir=file.parent) as folder:
            plain = Path(folder) / "copy"
            _dump(database, plain)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "wb") as out, plain.open("rb") as source:
                size = write_sealed(out, vault, _head(database, moment), _chunks(source))
                out.flush()
                os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BackupError(f"{file} cannot be written ({error.strerror})") from None
    return size


def _head(database: Database, moment: Moment) -> str:
    return json.dumps([database.name, moment.made_at.isoformat(), moment.audit, moment.reference])


def _read_head(head: str) -> tuple[str, Moment | None]:
    """The kind of database, and when the backup was made; None for an older release, which wrote the kind only."""
    if not head.startswith("["):
        return head, None
    kind, made_at, audit, reference = json.loads(head)
    return kind, Moment(datetime.fromisoformat(made_at), audit, reference)


def backup_moment(vault: Vault, file: Path) -> Moment | None:
    """When a backup was made; None for a backup of an older release. Raises `BackupError` and `VaultError`."""
    try:
        with file.open("rb") as source:
            return _read_head(next(read_sealed(source, vault)).decode())[1]
    except OSError as error:
        raise BackupError(f"{file} cannot be read ({error.strerror})") from None


def restore(database: Database, vault: Vault, file: Path, mend: Callable[[Transaction], None]) -> None:
    """Replaces the whole database with the copy in `file`, migrates it, and runs `mend` in one transaction.

    No queued SMS of the copy is sent before `mend` is done. Raises `BackupError`, and `VaultError` if no key decrypts
    the file.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="ccs-restore-") as folder, file.open("rb") as source:
            pieces = read_sealed(source, vault)
            kind, _ = _read_head(next(pieces).decode())
            if kind != database.name:
                raise BackupError(f"this backup is of {kind}, DATABASE_URL is {database.name}")
            plain = Path(folder) / "copy"
            with os.fdopen(os.open(plain, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                for piece in pieces:
                    out.write(piece)
            (_load_sqlite if database.is_sqlite else _load_postgresql)(database, plain, mend)
    except OSError as error:
        raise BackupError(f"{file} cannot be read ({error.strerror})") from None


def _dump(database: Database, to: Path) -> None:
    if not database.is_sqlite:
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}"], database.engine.url)
        return
    to.touch(0o600)
    with sqlite3.connect(str(database.engine.url.database)) as source, sqlite3.connect(to) as copy:
        source.backup(copy, pages=1000, sleep=0.005)
    copy.close()
    source.close()


def _load_sqlite(database: Database, copy: Path, mend: Callable[[Transaction], None]) -> None:
    """Migrates and mends the copy first; then the copy replaces the database in one step."""
    with closing(sqlite3.connect(copy)) as source:
        if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupError("the copy inside the backup is damaged")
    mended = Database(f"sqlite:///{copy}")
    try:
        mended.migrate()
        with mended.write() as transaction:
            mend(transaction)
        mended.wipe_log()
    finally:
        mended.close()
    place = Path(str(database.engine.url.database))
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _replace_sqlite(copy, place)
    except sqlite3.OperationalError as error:
        raise BackupError(f"the database cannot be replaced ({error}): stop the gateway first") from None
    except sqlite3.DatabaseError:
        # The old database is damaged, so it cannot be written over: its files are renamed.
        for kept in place.parent.glob(f"{place.name}*"):
            kept.replace(kept.with_name(f"damaged-{kept.name}"))
        _replace_sqlite(copy, place)


def _replace_sqlite(copy: Path, place: Path) -> None:
    with suppress(FileExistsError):  # closing an existing one would drop SQLite's locks on it
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(place, timeout=30)) as target:
        source.backup(target)


def _load_postgresql(database: Database, copy: Path, mend: Callable[[Transaction], None]) -> None:
    """Loads the copy and postpones its queued SMS in the same transaction; `mend` runs when they are made due again."""
    script = copy.with_name("script.sql")
    _run(
        ["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", f"--file={script}", str(copy)],
        database.engine.url,
    )
    with script.open("a") as out:
        out.write("\nUPDATE public.outbox SET due_at = due_at + interval '1000 days';\n")
    quiet = ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={script}"]
    _run(quiet, database.engine.url)
    database.close()
    database.migrate()
    with database.write() as transaction:
        transaction.execute(text("UPDATE outbox SET due_at = due_at - interval '1000 days'"))
        mend(transaction)


def _run(command: list[str], url: URL) -> None:
    """Runs a PostgreSQL tool. Raises `BackupError`.

    It gets address and password by the environment, because every user of the machine can read command lines.
    """
    if not shutil.which(command[0]):
        raise BackupError(f"{command[0]} is not on the path: install postgresql-client")
    options = url.get_dialect()().create_connect_args(url)[1]
    env = {**os.environ, **{name: str(options[option]) for option, name in LIBPQ.items() if options.get(option)}}
    try:
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=LONGEST)  # noqa: S603 - our own
    except subprocess.CalledProcessError as error:
        # Only the exit status, because the output of pg_restore can quote rows.
        raise BackupError(f"{command[0]} failed (exit {error.returncode})") from None
    except subprocess.TimeoutExpired:
        raise BackupError(f"{command[0]} took longer than an hour") from None


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
