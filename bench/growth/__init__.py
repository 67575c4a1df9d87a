"""How pages and answers grow with the years: times and queries over 10,000 concerns up to 1 M.

`GROWTH_SQLITE` and `GROWTH_POSTGRESQL` set other sizes, separated by commas; empty leaves a database out. `GROWTH_ONLY`
measures only what contains these words. The filled databases stay in `GROWTH_FOLDER` for the next run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.growth.filled import SECRET, filled
from bench.growth.pages import MOST_QUERIES, Cost, costs, wanted
from bench.growth.years import NOW
from config.pack import Pack
from config.settings import Settings
from flows.triage import Triage
from gateway.app import create_app
from gateway.runtime.deployment import Deployment, read_pack
from tests.support import servers

SIZES = {"SQLite": "10000,100000,200000", "PostgreSQL": "10000,100000,1000000"}
FOLDER = Path(os.environ.get("GROWTH_FOLDER", Path(tempfile.gettempdir(), "ccs-growth")))
ONLY = os.environ.get("GROWTH_ONLY", "")


def main() -> None:
    """Runs the benchmark and prints its figures."""
    loaded = read_pack(Settings())
    for name, usual in SIZES.items():
        sizes = [int(size) for size in os.environ.get(f"GROWTH_{name.upper()}", usual).split(",") if size]
        with _addresses(name, sizes) as addresses:
            measured = {size: _measure(loaded, address, size) for size, address in addresses.items()}
        _print(name, measured)


def _measure(loaded: tuple[Pack, Triage], address: str, size: int) -> dict[str, Cost]:
    """Fills a database unless it is there, and measures a gateway that uses it."""
    years = filled(address, loaded[0], size)
    with tempfile.TemporaryDirectory(prefix="ccs-growth-") as folder, servers.redis(Path(folder)) as redis:
        settings = Settings(
            data_dir=Path(folder), database_url=address, redis_url=redis, secret_keys=SECRET, webhook_token="token"
        )
        deployment = Deployment.open(settings, lambda: NOW, loaded)
        try:
            return costs(deployment, create_app(settings, deployment), years, ONLY)
        finally:
            deployment.close()


@contextmanager
def _addresses(name: str, sizes: list[int]) -> Iterator[dict[int, str]]:
    """The address of a database for each size."""
    folder = FOLDER / name.lower()
    folder.mkdir(parents=True, exist_ok=True)
    if name == "SQLite":
        yield {size: f"sqlite:///{folder / f'{size}.db'}" for size in sizes}
    elif sizes:
        with servers.postgresql(folder) as address, psycopg.connect(f"{address}/postgres", autocommit=True) as server:
            known = {row[0] for row in server.execute("SELECT datname FROM pg_database")}
            for size in sizes:
                if f"growth_{size}" not in known:
                    server.execute(f"CREATE DATABASE growth_{size}")
            yield {size: f"{address}/growth_{size}" for size in sizes}
    else:
        yield {}


def _print(name: str, measured: dict[int, dict[str, Cost]]) -> None:
    """A line for each look: milliseconds and queries at each size, and the wanted value."""
    if not measured:
        return
    print(f"{name}: milliseconds (queries)".ljust(52) + "".join(f"{size:>18,}" for size in measured) + "   wanted")
    for what in next(iter(measured.values())):
        row = [costs[what] for costs in measured.values()]
        cells = "".join(f"{cost.milliseconds:>12.1f} ({cost.queries:>3})" for cost in row)
        most = wanted(what)
        limit = f"at most {most:.0f} ms, {MOST_QUERIES} queries" if most else f"at most {MOST_QUERIES} queries"
        print(f"{what:<52}{cells}   {limit}", flush=True)
