"""USSD while 200 connections from the same address send bodies and headers that never end."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.figures import tell_latencies
from bench.web.ussd_requests import RATE, SECONDS, run
from tests.support.servers import gateway_up
from tests.support.siege import slow_sockets

SOCKETS = 200


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-slow-") as folder, gateway_up(Path(folder)) as running:
        run(running, 2.0)  # warms caches up
        with slow_sockets(running, SOCKETS):
            took = run(running, SECONDS)
        tell_latencies(f"USSD request at {RATE} a second, {SOCKETS} slow sockets", took, "wanted: under 200")
