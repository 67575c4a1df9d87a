"""The cost of one report and one SMS in processor time and on disk, and the memory of each process.

`docs/capacity.md` calculates with these figures. The stand-in provider runs in the web process, and its work is
included: the figures of SMS are an upper bound. One `gateway up` with everything embedded, on SQLite.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.figures import tell
from tests.support.phones import Phone
from tests.support.servers import Running, gateway_up
from tests.support.waiting import eventually

STEPS = (
    ("a pilot of six communes", 200_000, 6),
    ("the district of Bamako", 4_227_569, 6),
    ("the country", 22_395_489, 819),
    ("ten countries", 223_954_890, 8_190),
)
"""Name, inhabitants (census of 2022; the pilot is assumed), committees."""
SHARE_A_MONTH = 0.01
"""Assumed: reports a month for each inhabitant."""
BY_SMS = 0.3
"""Assumed: share of the reports that come by SMS, the others by USSD."""
SMS_A_REPORT = 2
"""Assumed: SMS segments to a citizen for each report, an acknowledgement and one answer."""
DIGEST_PARTS = 3
"""Assumed: SMS segments of a committee's weekly digest."""
PRICE = 10
"""XOF for one SMS segment (`sms_price` of the pack)."""
INCIDENT = 280
"""Requests a second in the hour after an incident in the country, all by newcomers; by inhabitants in other steps."""
REPORTS = 400
SMS = 200
PARTS = ("redis", "web", "worker", "timetable")
TICK = 1000 / os.sysconf("SC_CLK_TCK")
"""Milliseconds of the unit in which Linux counts processor time (proc(5))."""


@dataclass(frozen=True)
class Costs:
    """Processor time in milliseconds and bytes on disk, of one report."""

    ussd_web: float
    ussd_worker: float
    ussd_disk: float
    sms_disk: float


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-capacity-") as name, gateway_up(Path(name)) as running:
        folder = Path(name)
        for part in PARTS:
            tell(f"memory of {part} after its start", _memory(running, part), "MB")
        empty = _size(folder)
        ussd = _measure(running, "a report by USSD, 10 requests", REPORTS, lambda at: _report(running, at))
        reported = _size(folder)
        _measure(running, "a report by SMS and its answer", SMS, lambda at: _write(running, at))
        costs = Costs(ussd["web"], ussd["worker"], (reported - empty) / REPORTS, (_size(folder) - reported) / SMS)
        tell("a report by USSD on disk", costs.ussd_disk, "B")
        tell("a report by SMS and its answer on disk", costs.sms_disk, "B")
        for part in PARTS:
            tell(f"memory of {part} after {REPORTS + SMS} reports", _memory(running, part), "MB")
    print("\n".join(plan(costs)))


def plan(costs: Costs) -> list[str]:
    """The rows of the table in `docs/capacity.md`."""
    rows = [
        "| step | reports a year | disk a year | SMS parts a year | their price a year | incident: requests/s "
        "| web, cores | worker, cores |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, inhabitants, committees in STEPS:
        reports = inhabitants * SHARE_A_MONTH * 12
        disk = reports * (costs.ussd_disk * (1 - BY_SMS) + costs.sms_disk * BY_SMS)
        parts = reports * SMS_A_REPORT + committees * 52 * DIGEST_PARTS
        requests = INCIDENT * inhabitants / STEPS[2][1]
        web, worker = (requests / 10 * cost / 1000 for cost in (costs.ussd_web, costs.ussd_worker))
        rows.append(
            f"| {name} | {reports:,.0f} | {disk / 1e9:.2f} GB | {parts:,.0f} | {parts * PRICE / 1e6:,.1f} M XOF "
            f"| {requests:,.0f} | {web:.2f} | {worker:.2f} |"
        )
    return rows


def _measure(running: Running, what: str, count: int, do: Callable[[int], object]) -> dict[str, float]:
    """Prints and returns the processor time of each process for one report, in milliseconds, until all work is done."""
    before = {part: _cpu(running, part) for part in PARTS}
    for at in range(count):
        do(at)
    eventually(lambda: _is_idle(running), 120)
    spent = {part: (_cpu(running, part) - before[part]) / count for part in PARTS}
    for part in ("web", "worker", "redis"):
        tell(f"{part}: {what} (mean of {count})", spent[part], "ms")
    return spent


def _report(running: Running, at: int) -> None:
    words = f"on a volé ma moto hier soir près du marché {at}"
    Phone(f"+2237000{at:04d}", running, running.hook("ussd"), running.hook("sms")).report(words=words)


def _write(running: Running, at: int) -> None:
    text = f"des voleurs ont attaqué la boutique à Lafiabougou cette nuit {at}"
    Phone(f"+2237001{at:04d}", running, running.hook("ussd"), running.hook("sms")).write(text)


def _is_idle(running: Running) -> bool:
    """Whether nothing waits, and every SMS has its delivery report."""
    shown = running.get("/metrics").text
    open_states = ("queued", "sending", "sent", "uncertain")
    waits = any(f'ccs_messages{{state="{state}"}}' in shown for state in open_states)
    return not waits and "ccs_outbox_waiting{" not in shown


def _process(running: Running, part: str) -> int:
    return eventually(lambda: running.part(part) or 0)


def _cpu(running: Running, part: str) -> float:
    """Milliseconds of processor time since the start of the process."""
    fields = Path(f"/proc/{_process(running, part)}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def _memory(running: Running, part: str) -> float:
    """Resident memory in megabytes."""
    status = Path(f"/proc/{_process(running, part)}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _size(folder: Path) -> int:
    """Bytes of the database's pages in use, with those that are still in the write-ahead log."""
    with sqlite3.connect(folder / "var" / "ccs.db") as database:
        (pages,), (free,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count"))
        (size,) = database.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
