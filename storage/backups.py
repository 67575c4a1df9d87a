"""A copy of the whole database while it is in use: SQLite's online backup, `pg_dump` for PostgreSQL. Always sealed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import URL

from storage.database import Database
from storage.sealed_file import CHUNK, read_sealed, write_sealed
from storage.vault import Vault

LONGEST = 3600.0
"""Seconds that a dump may take."""


class BackupError(Exception):
    """A backup that could not be made or brought back. Its text is one line that says what to do."""


def back_up(database: Database, vault: Vault, file: Path) -> int:
    """Writes a sealed copy to `file`, whole or not at all; says how many bytes the copy itself has."""
    draft = file.with_name(f".{file.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="ccs-backup-", dir=file.parent) as folder:
            plain = Path(folder) / "copy"
            _dump(database, plain)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "wb") as out, plain.open("rb") as source:
                size = write_sealed(out, vault, database.name, _chunks(source))
                out.flush()
                os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BackupError(f"{file} cannot be written ({error.strerror})") from None
    return size


def restore(database: Database, vault: Vault, file: Path) -> None:
    """Puts a copy in the place of all that the database holds. Raises `BackupError`, and `VaultError` for its seal."""
    try:
        with tempfile.TemporaryDirectory(prefix="ccs-restore-") as folder, file.open("rb") as source:
            pieces = read_sealed(source, vault)
            kind = next(pieces).decode()
            if kind != database.name:
                raise BackupError(f"this backup is of {kind}, DATABASE_URL is {database.name}")
            plain = Path(folder) / "copy"
            with os.fdopen(os.open(plain, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                for piece in pieces:
                    out.write(piece)
            _load(database, plain)
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


def _load(database: Database, copy: Path) -> None:
    if not database.is_sqlite:
        clean = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
        _run([*clean, f"--dbname={database.engine.url.database}", str(copy)], database.engine.url)
        return
    Path(str(database.engine.url.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with sqlite3.connect(copy) as source, sqlite3.connect(str(database.engine.url.database), timeout=30) as target:
        if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupError("the copy inside the backup is damaged")
        source.backup(target)
    target.close()
    source.close()


def _run(command: list[str], url: URL) -> None:
    """The server's address and password go by the environment: a command line can be read by anybody here."""
    if not shutil.which(command[0]):
        raise BackupError(f"{command[0]} is not on the path: install postgresql-client")
    told = {
        "PGHOST": url.query.get("host") or url.host,
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    env = {**os.environ, **{name: str(value) for name, value in told.items() if value}}
    try:
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=LONGEST)  # noqa: S603 - our own
    except subprocess.CalledProcessError as error:
        # Its last line alone: pg_restore's words can quote rows.
        raise BackupError(f"{command[0]} failed (exit {error.returncode})") from None
    except subprocess.TimeoutExpired:
        raise BackupError(f"{command[0]} took longer than an hour") from None


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
