"""The time from an emergency's SMS until the provider has its alert.

It is measured with an empty outbox, with 20,000 SMS due, and with citizens who report without a pause besides.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, jsonify, request

from bench.figures import percentile, tell
from bench.web.contestants import Contestant
from bench.web.peers import CONNECTIONS, REPORT, need_wrk, wrk
from config.pack.loader import load_pack
from config.settings import load_settings
from flows.msisdn import Msisdn
from storage.database import Database
from storage.enumerations import Priority
from storage.messages.outbound import OutboundSms, queue_message
from storage.people.contacts import ensure_contact
from storage.safety.vault import Vault
from tests.support.phones import Phone
from tests.support.servers import Running, free_port, gateway_up, served

DUE = 20_000
TRIES = 20
ANSWERS_IN = 0.2
"""Seconds that the provider needs for each SMS."""
LOADED_FOR = 300
"""Seconds that the load lasts at most."""
SECRETARY = "+22370009001"
WORDS = ("incendie maintenant", "au feu", "une maison brûle en ce moment", "le feu est sur nous, au secours")


class SlowProvider:
    """A slow stand-in for Africa's Talking that remembers when each alert came."""

    def __init__(self) -> None:
        self.app = Flask("slow provider")
        self.app.add_url_rule("/version1/messaging", view_func=self.take, methods=["POST"])
        self.alerts: list[float] = []
        self.taken = 0
        self._arrived = threading.Condition()

    def take(self) -> tuple[Response, int]:
        """One call of the API that sends an SMS; it takes `ANSWERS_IN` seconds."""
        with self._arrived:
            self.taken += 1
            if request.form["to"] == SECRETARY:
                self.alerts.append(time.monotonic())
                self._arrived.notify_all()
            id = f"id-{self.taken}"
        time.sleep(ANSWERS_IN)
        recipient = {"statusCode": 101, "number": request.form["to"], "cost": "XOF 10.0000", "messageId": id}
        return jsonify({"SMSMessageData": {"Message": "Sent", "Recipients": [recipient]}}), 201

    def wait_for(self, count: int) -> float:
        """The time of the alert with this number, counted from 1. Raises `SystemExit` after two minutes."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.alerts) >= count, 120):
                raise SystemExit("an alert had not reached the provider after two minutes")
            return self.alerts[count - 1]


def main() -> None:
    """Runs the benchmark and prints its figures."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    need_wrk()
    provider, port = SlowProvider(), free_port()
    given = {"SMS_PROVIDER": "africastalking", "AT_USERNAME": "bench", "AT_API_KEY": "bench"}
    with (
        tempfile.TemporaryDirectory(prefix="ccs-alerts-") as folder,
        served(provider.app, port),
        gateway_up(Path(folder), AT_API_URL=f"http://127.0.0.1:{port}", **given) as running,
    ):
        running.command("people", "add-secretary", "Commune IV", SECRETARY)
        alone = [to_provider(running, provider, number) for number in range(TRIES)]
        fill_outbox(Path(folder))
        behind = [to_provider(running, provider, number) for number in range(TRIES, 2 * TRIES)]
        with full_load(running):
            loaded = [to_provider(running, provider, number) for number in range(2 * TRIES, 3 * TRIES)]
    tell(f"alert to provider, nothing else due, p95 of {TRIES}", percentile(alone, 0.95), "s")
    tell(f"alert to provider, {DUE} other SMS due, p95 of {TRIES}", percentile(behind, 0.95), "s", "wanted: under 5")
    tell("the slowest of them", max(behind), "s", "wanted: under 5")
    tell(f"and while {CONNECTIONS} citizens report without a pause, p95 of {TRIES}", percentile(loaded, 0.95), "s")
    tell("the slowest of them", max(loaded), "s", "wanted: under 5")
    tell("times as long as with nothing else due", percentile(behind, 0.5) / percentile(alone, 0.5), "")


def to_provider(running: Running, provider: SlowProvider, number: int) -> float:
    """Sends the SMS of an emergency; the seconds until its alert is at the provider."""
    phone = Phone(f"+2236200{number:04d}", running, running.hook("ussd"), running.hook("sms"))
    before = len(provider.alerts)
    began = time.monotonic()
    phone.write(f"{WORDS[number % len(WORDS)]} à Lafiabougou, maison {number}")
    return provider.wait_for(before + 1) - began


@contextlib.contextmanager
def full_load(running: Running) -> Iterator[None]:
    """Newcomers report over a few connections, each sending its next request as soon as it has an answer."""
    address = f"{running.address}{running.hook('ussd')}"
    citizens = subprocess.Popen(wrk(Contestant("gateway", address, ()), REPORT, LOADED_FOR), stdout=subprocess.DEVNULL)
    try:
        yield
        if citizens.poll() is not None:
            raise SystemExit("the load ended before the alerts")
    finally:
        citizens.terminate()
        citizens.wait(20)


def fill_outbox(folder: Path) -> None:
    """Queues SMS that are due now, at night too: answers."""
    os.environ["DATA_DIR"] = str(folder / "var")
    settings = load_settings()
    database, vault, now = Database(settings.database_address), Vault(settings.secret_keys), datetime.now(UTC)
    pack = load_pack(settings.pack)
    for start in range(0, DUE, 500):
        with database.write() as transaction:
            reader = ensure_contact(transaction, vault, Msisdn("+22363000000"), now)
            for number in range(start, start + 500):
                draft = OutboundSms(f"broadcast:1:{number}", reader, "Marché fermé lundi.", priority=Priority.ANSWER)
                queue_message(transaction, vault, pack, draft, now)
    database.close()
