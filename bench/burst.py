"""The design load (280 USSD requests and 50 SMS a second), then a burst of 1,700 requests with 20 SMS; 30 s each.

Both go through `gateway up` on SQLite, with the callers on the same machine. In the design load 28 newcomers begin a
session each second; then the same requests come in step, so that 112 callers report within 0.4 s, every 4 s. Each SMS
is answered: the pack's limit of new numbers in a minute is lifted, because with it four of five SMS would wait for a
person, and when a minute begins would decide the figures. Every request is answered, shed or refused; the reports that
were accepted are counted in the database afterwards. Before that the floor (Flask with one Redis GET and SET) gets as
many requests from the same callers: its p99 shows what the machine itself adds.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import percentile, tell
from bench.web.contestants import floor
from tests.support.kept_reports import kept_markers, reading_times
from tests.support.open_loop import OpenLoop, Outcome
from tests.support.servers import Running, gateway_up

SECONDS = float(os.environ.get("SECONDS", "30"))
DESIGN, BURST = (280.0, 50.0), (1700.0, 20.0)
"""USSD requests and SMS a second."""
READ_WITHIN = 300.0
"""Seconds within which the worker must have read what is left."""


def main() -> None:
    """Runs the benchmark and prints its figures."""
    numbers = itertools.count(1)
    with (
        tempfile.TemporaryDirectory(prefix="ccs-burst-") as folder,
        gateway_up(
            Path(folder),
            SECRET_KEYS="secret of the benchmark",
            TRUSTED_PROXIES="127.0.0.1",
            METRICS_ALLOW="127.0.0.1",
            PACK=str(_pack_without_limit(Path(folder))),
        ) as running,
    ):
        _tell_floor(Path(folder), numbers)
        _offer(running, numbers, (50.0, 5.0), 2.0)  # warms caches up
        design = _callers(running, numbers)
        design.run_sessions(DESIGN[0], SECONDS, DESIGN[1])
        _tell_times("design load, USSD", design.took, "wanted: p99 at most 40 ms")
        _tell_times("design load, a report filed", design.filing, "")
        _tell_outcomes("design load", design)
        _tell_lock_waits(running)
        waits = [took for took in _read(running) if took is not None]
        tell("SMS to agenda, p95", percentile([took.total_seconds() for took in waits], 0.95), "s", "wanted: at most 2")
        in_step = _offer(running, numbers, DESIGN, SECONDS)
        _tell_times("design load in step, USSD", in_step.took, "")
        _tell_outcomes("design load in step", in_step)
        _read(running)
        burst = _offer(running, numbers, BURST, SECONDS)
        _tell_times("burst, USSD that was answered", burst.took, "")
        _tell_outcomes("burst", burst)
        tell("burst, the slowest request", burst.longest, "s", "wanted: at most 5")
        began = time.monotonic()
        _read(running)
        tell("burst, seconds until all was read", time.monotonic() - began, "s")
        kept = kept_markers(running)
    taken = [marker for loop in (design, in_step, burst) for marker in (*loop.references, *loop.sms_taken)]
    tell(f"lost, of {len(taken)} reports that were taken", sum(kept[marker] == 0 for marker in taken), "", "wanted: 0")
    tell("kept twice", sum(count > 1 for count in kept.values()), "", "wanted: 0")


def _tell_floor(folder: Path, numbers: itertools.count[int]) -> None:
    with floor(folder, os.sched_getaffinity(0)) as contestant:
        url = urlsplit(contestant.address)
        loop = OpenLoop(f"http://{url.netloc}", url.path, url.path, numbers=numbers)
        loop.run_sessions(sum(DESIGN), SECONDS)
    _tell_times("floor at the same rate", loop.took, "")


def _pack_without_limit(folder: Path) -> Path:
    pack = shutil.copytree(Path(__file__).parent.parent / "config" / "mali", folder / "pack")
    settings = pack / "pack.yaml"
    settings.write_text(re.sub(r"(?m)^(messages_per_minute:) \d+", r"\1 1000000", settings.read_text()))
    return pack


def _tell_lock_waits(running: Running) -> None:
    """How many of the web process's writers waited for SQLite's lock longer than the worker may keep it."""
    counts = {
        line.partition('le="')[2].partition('"')[0]: float(line.rpartition(" ")[2])
        for line in running.get("/metrics").text.splitlines()
        if line.startswith("ccs_lock_wait_seconds_bucket")
    }
    late = counts["+Inf"] - counts["0.02"]
    tell(f"writers that waited over 20 ms, of {counts['+Inf']:.0f}", late, "")


def _callers(running: Running, numbers: itertools.count[int]) -> OpenLoop:
    return OpenLoop(running.address, running.hook("ussd"), running.hook("sms"), numbers=numbers)


def _offer(running: Running, numbers: itertools.count[int], rates: tuple[float, float], seconds: float) -> OpenLoop:
    loop = _callers(running, numbers)
    loop.run(rates[0], seconds, rates[1])
    return loop


def _tell_times(what: str, took: list[float], wanted: str) -> None:
    for share in (0.5, 0.95, 0.99):
        if took:
            tell(f"{what}, p{share * 100:.0f} of {len(took)}", percentile(took, share) * 1000, "ms", wanted)


def _tell_outcomes(what: str, loop: OpenLoop) -> None:
    for outcome in Outcome:
        tell(f"{what}, {outcome}", loop.outcomes[outcome], "")
    tell(f"{what}, SMS taken (tries: {loop.sms_tries})", len(loop.sms_taken), "")


def _read(running: Running) -> list[timedelta | None]:
    """Waits until every SMS has been read; the time of each from arrival to its place on an agenda."""
    until = time.monotonic() + READ_WITHIN
    while None in (times := reading_times(running, "sms")):
        if time.monotonic() > until:
            raise SystemExit("not all was read")
        time.sleep(0.2)
    return times
