"""Sending SMS: messages a second on SQLite and PostgreSQL, through the SDK to a stand-in that answers after 50 ms."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

import psycopg
import requests
from sqlalchemy.orm import Session as Transaction

from bench.drain import prepare
from bench.figures import memory_of_tree, tell
from config.settings import Settings
from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import provider_routing
from gateway.runtime.deployment import Deployment
from gateway.worker.dispatcher import drain_all
from storage.enumerations import MessageState, Priority
from storage.messages.listing import count_states
from storage.messages.outbound import OutboundSms, queue_message
from storage.people.contacts import ensure_contact
from storage.write_group import Turn
from tests.support import servers

ANSWERS_AFTER = 0.05
"""Seconds; a provider on the other side of the world takes longer."""
MANY = int(os.environ.get("MANY", "1000"))
"""Messages of each kind, in each of three rounds."""
REPLIES = int(os.environ.get("REPLIES", "1500"))
RATE = 50
"""SMS a second that the provider takes in the last part."""


def main() -> None:
    """Runs the benchmark and prints its figures."""
    with (
        tempfile.TemporaryDirectory(prefix="ccs-sending-") as folder,
        servers.redis(Path(folder)) as redis_address,
        servers.postgresql() as postgresql,
        stand_in() as api,
    ):
        with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE sending")
        for name, address in (("SQLite", f"sqlite:///{folder}/ccs.db"), ("PostgreSQL", f"{postgresql}/sending")):
            settings = Settings(
                data_dir=Path(folder), database_url=address, redis_url=redis_address, secret_keys="secret of the bench",
                sms_provider="africastalking", at_username="bench", at_api_key="none", at_api_url=api,
            )  # fmt: skip
            prepare(settings)
            deployment = Deployment.open(settings, turn=Turn.CHORE)
            measure(name, deployment)
            deployment.close()
            rated = Deployment.open(settings.model_copy(update={"sms_rate": RATE}), turn=Turn.CHORE)
            measure_at_rate(name, rated, api)
            rated.close()


def measure(name: str, deployment: Deployment) -> None:
    """Sends three rounds of each kind, and prints messages a second and the memory of the process."""
    routing, memory = provider_routing(deployment.settings), []
    for text, what in (("", "one text for all"), (" {number}", "a text for each")):
        for number in range(3):
            queue(deployment, f"{what}-{number}", f"Réunion du comité samedi à 9 heures.{text}")
            began = time.monotonic()
            if not drain_all(deployment, routing, began + 120):
                raise SystemExit("not all was sent")
            took = time.monotonic() - began
            memory.append(memory_of_tree(os.getpid()))
        tell(f"{name}, {what}, {MANY} messages", MANY / took, "/s")
    with deployment.database.read() as transaction:
        states = count_states(transaction)
    if set(states) != {MessageState.SENT}:
        raise SystemExit(f"not every message was taken: {states}")
    tell(f"{name}, memory after the first and the last round: {memory[0]:.0f} and", memory[-1], "MB", "wanted: flat")


def measure_at_rate(name: str, deployment: Deployment, api: str) -> None:
    """Sends replies, each with a text of its own, at a provider that takes `RATE` a second; prints both times."""
    queue(deployment, "at a rate", "Votre message est à l'ordre du jour, réf {number}.", REPLIES)
    requests.delete(api, timeout=5)
    began = time.monotonic()
    while not drain_all(deployment, provider_routing(deployment.settings), time.monotonic() + 5):
        pass
    took = time.monotonic() - began
    tell(f"{name}, {REPLIES} replies at {RATE}/s", took, "s", f"the rate allows {REPLIES / RATE:.0f}")
    tell(
        f"{name}, messages in the provider's fullest second",
        float(requests.get(api, timeout=5).text),
        "",
        f"wanted: at most {RATE}",
    )


def queue(deployment: Deployment, name: str, text: str, many: int = MANY) -> None:
    """Queues messages; `text` may contain `{number}`."""

    def begin(transaction: Transaction) -> Callable[[int], None]:
        def one(number: int) -> None:
            now = deployment.now()
            contact = ensure_contact(transaction, deployment.vault, Msisdn(f"+2237{number:07d}"), now)
            sms = OutboundSms(f"{name}:{number}", contact, text.format(number=number), priority=Priority.ANSWER)
            queue_message(transaction, deployment.vault, deployment.pack, sms, now)

        return one

    deployment.database.write_slices(range(many), begin)


class _Api(BaseHTTPRequestHandler):
    """Accepts every message, and counts those of each second."""

    protocol_version = "HTTP/1.1"
    taken: ClassVar[Counter[int]] = Counter()

    def do_GET(self) -> None:
        """The number of messages of the fullest second."""
        self._answer(200, str(max(self.taken.values(), default=0)).encode())

    def do_DELETE(self) -> None:
        """Forgets the counts."""
        self.taken.clear()
        self._answer(200, b"")

    def do_POST(self) -> None:
        """One call of the API; it answers after `ANSWERS_AFTER` seconds."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.taken[int(time.time())] += len(form["to"][0].split(","))
        time.sleep(ANSWERS_AFTER)
        recipients = [
            {"number": number, "statusCode": 101, "messageId": f"ATXid_{time.monotonic_ns():x}", "cost": "XOF 10.0000"}
            for number in form["to"][0].split(",")
        ]
        self._answer(201, json.dumps({"SMSMessageData": {"Recipients": recipients}}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def stand_in() -> Iterator[str]:
    """The address of the stand-in for the API, which runs in a process of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        process.terminate()
        process.join(10)
