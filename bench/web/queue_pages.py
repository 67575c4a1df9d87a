"""The pages of the web queue with the demo in them: queries, milliseconds, bytes on the wire; SQLite, one process."""

from __future__ import annotations

import gzip
import tempfile
import time
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench.figures import tell
from config.settings import Settings
from gateway.app import create_app
from gateway.local.demo import fill
from gateway.runtime.deployment import Deployment
from storage.database import Database
from storage.tables.committees import AgendaItem, Meeting
from storage.tables.concerns import Concern
from tests.support.browsing import sign_in
from tests.support.gateway import Clock, Gateway
from tests.support.queries import asked_queries
from tests.support.servers import redis

TIMES = 15
COMMITTEE = "ml-bamako-commune-iv"
WANTED = {
    "/queue/": "wanted: 12 queries, under 150 ms, under 40 kB",
    "/queue/concerns": "wanted: 12 queries, under 150 ms, under 40 kB",
}


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-pages-") as folder, redis(Path(folder)) as address:
        settings = Settings(data_dir=Path(folder), redis_url=address, secret_keys=("bench" * 8,), webhook_token="bench")
        deployment = Deployment.open(settings, Clock())
        deployment.database.migrate()
        began, cpu = time.monotonic(), time.process_time()
        fill(deployment)
        tell("the demo", time.monotonic() - began, "s", "wanted: under 10")
        tell("its CPU time on one core", time.process_time() - cpu, "s")
        gateway = Gateway(deployment, create_app(settings, deployment), Clock())
        gateway.administrator("bench@example.org")
        http = sign_in(gateway, "bench@example.org").http
        for path in _paths(deployment):
            _measure(deployment.database, http, path)
        deployment.close()


def _paths(deployment: Deployment) -> list[str]:
    with deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern.reference).order_by(Concern.id.desc())).first()
        item = transaction.scalar(select(func.max(AgendaItem.id)).where(AgendaItem.is_open))
        meeting = transaction.scalar(select(func.max(Meeting.id)).where(Meeting.committee == COMMITTEE))
    return [
        "/queue/", "/queue/concerns", f"/queue/concerns/{concern}", f"/queue/items/{item}", "/queue/meetings",
        f"/queue/committees/{COMMITTEE}", f"/queue/committees/{COMMITTEE}/meetings/{meeting}", "/queue/committees",
        "/queue/recommendations", "/queue/dashboard", "/queue/people", "/queue/messages", "/queue/campaigns",
    ]  # fmt: skip


def _measure(database: Database, http: FlaskClient, path: str) -> None:
    """Prints the median time of a page, with its queries and its size when compressed."""
    seconds = []
    for _ in range(TIMES):
        began = time.monotonic()
        with asked_queries(database) as asked:
            answer = http.get(path)
        seconds.append(time.monotonic() - began)
        assert answer.status_code == 200, (path, answer.status_code)
    kilobytes = len(gzip.compress(answer.data)) / 1000
    about = f"{path}: {len(asked)} queries, {kilobytes:.0f} kB compressed"
    tell(about, median(seconds) * 1000, "ms", WANTED.get(path, ""))
