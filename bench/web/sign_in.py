"""Inbound SMS while 40 connections try wrong passwords, each try from a new address so that no limit stops it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.figures import tell, tell_latencies
from tests.support.servers import gateway_up
from tests.support.siege import send_sms, sign_ins

CONNECTIONS = 40
SECONDS = 30
RATE = 10


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with (
        tempfile.TemporaryDirectory(prefix="ccs-sign-in-") as folder,
        gateway_up(Path(folder), TRUSTED_PROXIES="127.0.0.1") as running,
    ):
        took = []
        with sign_ins(running, CONNECTIONS) as answers:
            start = time.monotonic() + 1
            for number in range(RATE * SECONDS):
                due = start + number / RATE
                time.sleep(max(due - time.monotonic(), 0))
                send_sms(running, "bench", number)
                took.append(time.monotonic() - due)
        tell_latencies(f"SMS at {RATE} a second, {CONNECTIONS} who guess", took, "wanted: under 1000")
        tell("passwords checked a second", answers[401] / SECONDS, "/s")
        tell("sent away at once a second", (sum(answers.values()) - answers[401]) / SECONDS, "/s")
