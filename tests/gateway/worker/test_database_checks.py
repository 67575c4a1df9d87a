"""/readyz, which only reads, reports a database that keeps no rows or has damaged pages."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import sweep_all
from storage.data_protection.database_checks import WELL, check_pages, check_row
from storage.database import Database
from tests.support.gateway import Gateway

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def sweep(gateway: Gateway) -> None:
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))


def ready(gateway: Gateway) -> dict[str, object]:
    checks: dict[str, object] = gateway.http.get("/readyz").get_json()
    return checks


def test_the_last_row_that_was_written_is_told_with_its_age_and_none_for_minutes_is_a_fault(gateway: Gateway) -> None:
    assert ready(gateway)["database_checks"] == {"row": "not yet", "pages": "not yet"}
    sweep(gateway)
    gateway.clock.forward(seconds=40)
    assert ready(gateway)["database"] == "ok"
    assert ready(gateway)["database_checks"] == {"row": "ok, 40 s ago", "pages": "not yet"}
    gateway.clock.forward(minutes=6)
    assert ready(gateway)["database"] == "no row was written since ok, 400 s ago"
    sweep(gateway)
    assert ready(gateway)["database"] == "ok"


def test_every_night_the_pages_are_looked_at(gateway: Gateway) -> None:
    gateway.clock.forward(hours=17)
    sweep(gateway)
    gateway.clock.forward(minutes=1)
    assert ready(gateway)["database_checks"] == {"row": "ok, 60 s ago", "pages": "ok, 60 s ago"}


def test_a_damaged_page_is_found_at_night_and_told_until_it_is_whole_again(gateway: Gateway) -> None:
    if not gateway.deployment.database.is_sqlite:
        return
    _damage(gateway, "ix_broadcasts_area")
    gateway.clock.forward(hours=17)
    sweep(gateway)
    assert ready(gateway)["database"] == "pages: damaged, 0 s ago"
    assert gateway.http.get("/readyz").status_code == 503
    assert gateway.phone().write("on a volé ma moto à Lafiabougou") == 200  # what can be kept is kept all the same


def test_two_workers_that_write_the_row_at_once_report_no_fault(gateway: Gateway) -> None:
    database, moments = gateway.deployment.database, [NOON + timedelta(seconds=at) for at in range(100)]
    with ThreadPoolExecutor(2) as workers:
        states = set(workers.map(lambda now: check_row(database, now), moments))
    assert states == {WELL}


def test_a_server_that_is_away_says_nothing_about_its_pages() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert check_pages(away, NOON) == "not checked (OperationalError)"


def _damage(gateway: Gateway, index: str) -> None:
    """Damages the file as a disk may: random bytes in a page that is seldom read."""
    gateway.deployment.database.close()
    file = Path(str(gateway.deployment.database.engine.url.database))
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [index]).fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as pages:
        pages.seek((page - 1) * size)
        pages.write(os.urandom(size))
