"""The time from the last answer of a report to its agenda item, one report after the other, in a running gateway."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

from bench.figures import percentile, tell
from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up

REPORTS = 60


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-agenda-") as folder, gateway_up(Path(folder)) as running:
        database = sqlite3.connect(f"file:{folder}/var/ccs.db?mode=ro", uri=True)
        seconds = [to_agenda(running, database, number) for number in range(REPORTS)]
        tell(f"last request to agenda item, median of {REPORTS}", percentile(seconds, 0.5), "s")
        tell("last request to agenda item, p95", percentile(seconds, 0.95), "s", "wanted: under 2")


def to_agenda(running: Running, database: sqlite3.Connection, number: int) -> float:
    """Files a report by USSD; the seconds until it is on an agenda. Raises `SystemExit` after 30 s."""
    phone = Phone(f"+2236200{number:04d}", running, running.hook("ussd"), running.hook("sms"))
    reference = phone.report()
    began = time.monotonic()
    while time.monotonic() < began + 30:
        row = database.execute("SELECT item_id FROM concerns WHERE reference = ?", (reference,)).fetchone()
        if row and row[0]:
            return time.monotonic() - began
        time.sleep(0.005)
    raise SystemExit("a concern stood on no agenda after 30 s")
