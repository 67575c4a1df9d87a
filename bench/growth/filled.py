"""Filled databases, kept in a folder for the next run: `COPY` into PostgreSQL, prepared statements into SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from datetime import datetime
from itertools import islice
from pathlib import Path

import psycopg
from sqlalchemy import select, text

from bench.growth.years import NOW, Filling, Row, Years
from config.pack import Pack
from storage.committees.committees import load_registry
from storage.database import Database
from storage.enumerations import Role
from storage.figures.layout import layout_of
from storage.figures.summing import sum_days
from storage.people.administrators import add_administrator, hash_password
from storage.safety.vault import Vault
from storage.tables.committees import Committee

SECRET = "secret of the growth bench"
EMAIL, PASSWORD = "growth@example.org", "password of the growth bench"
BATCH = 20_000
LONGEST_SUMMING = 600.0
"""Seconds in which the sums of all days are made, as the worker makes them."""


def filled(address: str, pack: Pack, size: int) -> Years:
    """Migrates a database, fills it if it is new, and describes its rows. It prints how long filling took."""
    database, vault = Database(address), Vault((SECRET,))
    database.migrate()
    years = Years(vault, pack, _committees(database, pack), size)
    with database.read() as transaction:
        is_new = transaction.scalar(text("SELECT count(*) FROM administrators")) == 0
    if is_new:
        begun_at = time.monotonic()
        for filling in years.fillings():
            (_fill_sqlite if database.is_sqlite else _fill_postgresql)(database, filling)
        password_hash = hash_password(PASSWORD)
        # Last: a database with an account is whole.
        with database.write() as transaction:
            add_administrator(transaction, EMAIL, password_hash, Role.ADMINISTRATOR, pack.country_area.code, NOW)
        print(f"{database.name}: {size} concerns filled in {time.monotonic() - begun_at:.0f} s", flush=True)
    begun_at = time.monotonic()
    if days := sum_days(database, layout_of(pack), NOW, begun_at + LONGEST_SUMMING):
        print(f"{database.name}: {days} days summed in {time.monotonic() - begun_at:.0f} s", flush=True)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
        connection.commit()
    database.close()
    return years


def _committees(database: Database, pack: Pack) -> dict[str, str]:
    """The committee of each commune, by its code."""
    with database.write() as transaction:
        load_registry(transaction, pack)
        by_area = dict(transaction.execute(select(Committee.area, Committee.code)).tuples().all())
    return {area.code: by_area[area.code] for area in pack.communes if area.code in by_area}


def _fill_postgresql(database: Database, filling: Filling) -> None:
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY {filling.table} ({', '.join(filling.columns)}) FROM STDIN") as copy:
            for row in filling.rows:
                copy.write_row(row)
        # New rows of the gateway itself come behind the filled ones.
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{filling.table}', 'id'), (SELECT max(id) FROM {filling.table}))"
        )


def _fill_sqlite(database: Database, filling: Filling) -> None:
    statement = (
        f"INSERT INTO {filling.table} ({', '.join(filling.columns)}) VALUES ({', '.join('?' for _ in filling.columns)})"
    )
    with contextlib.closing(sqlite3.connect(str(database.engine.url.database))) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        rows = map(_for_sqlite, filling.rows)
        while batch := list(islice(rows, BATCH)):
            with connection:
                connection.executemany(statement, batch)


def _for_sqlite(row: Row) -> Row:
    """A row with moments in the form in which SQLAlchemy keeps them in SQLite."""
    return tuple(f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value for value in row)


def kept(folder: Path, size: int) -> str:
    """The address of a kept SQLite database."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / f'{size}.db'}"
