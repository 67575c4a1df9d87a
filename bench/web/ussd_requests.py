"""Whole reports by USSD at 50 requests a second; the time of each request counts from when it was due."""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from pathlib import Path

import requests

from bench.figures import tell_latencies
from tests.support.servers import Running, gateway_up

RATE = 50
SECONDS = 20
PHONES = 40
_people = itertools.count()
TYPED = ("", "1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier", "1", "1")


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with tempfile.TemporaryDirectory(prefix="ccs-requests-") as folder, gateway_up(Path(folder)) as running:
        run(running, 2.0)  # warms caches up
        tell_latencies(f"USSD request at {RATE} a second", run(running, SECONDS), "wanted: under 50")


def run(running: Running, seconds: float) -> list[float]:
    """The seconds of each request, from the moment when it was due to its answer.

    A late start counts as waiting, which avoids coordinated omission. Raises `SystemExit` for a wrong answer.
    """
    start = time.monotonic() + 0.2
    took: list[float] = []
    failed: list[str] = []
    count = int(seconds * RATE)

    def phone(number: int) -> None:
        """Sends one phone in `PHONES` of all requests, each when it is due."""
        http = requests.Session()
        for turn, due in enumerate(range(number, count, PHONES)):
            at = turn % len(TYPED)
            if at == 0:
                person = next(_people)
            wait = start + due / RATE - time.monotonic()
            time.sleep(max(wait, 0))
            form = {
                "sessionId": f"ATUid_{person}",
                "phoneNumber": f"+2236{person:07d}",
                "networkCode": "61001",
                "serviceCode": "*384*223#",
                "text": "*".join(TYPED[1 : at + 1]),
            }
            answer = http.post(running.address + running.hook("ussd"), data=form, timeout=10)
            took.append(time.monotonic() - (start + due / RATE))
            if not answer.text.startswith("END Merci" if at == len(TYPED) - 1 else "CON "):
                failed.append(answer.text[:60])

    threads = [threading.Thread(target=phone, args=(number,)) for number in range(PHONES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{len(failed)} requests failed, the first with {failed[0]!r}")
    return took
