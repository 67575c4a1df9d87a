"""Sending SMS: messages a second on SQLite and PostgreSQL, through the SDK to a stand-in that answers after 50 ms."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import psycopg
from sqlalchemy.orm import Session as Transaction

from bench.drain import prepare
from bench.figures import memory_of_tree, tell
from config.settings import Settings
from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import provider_routing
from gateway.runtime.deployment import Deployment
from gateway.worker.dispatcher import drain_all
from storage.enumerations import MessageState
from storage.messages.listing import count_states
from storage.messages.outbound import OutboundSms, queue_message
from storage.people.contacts import ensure_contact
from storage.write_group import Turn
from tests.support import servers

ANSWERS_AFTER = 0.05
"""Seconds; a provider on the other side of the world takes longer."""
MANY = int(os.environ.get("MANY", "1000"))
"""Messages of each kind, in each of three rounds."""


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


def queue(deployment: Deployment, name: str, text: str) -> None:
    """Queues `MANY` messages; `text` may contain `{number}`."""

    def begin(transaction: Transaction) -> Callable[[int], None]:
        def one(number: int) -> None:
            now = deployment.now()
            contact = ensure_contact(transaction, deployment.vault, Msisdn(f"+2237{number:07d}"), now)
            sms = OutboundSms(f"{name}:{number}", contact, text.format(number=number))
            queue_message(transaction, deployment.vault, deployment.pack, sms, now)

        return one

    deployment.database.write_slices(range(MANY), begin)


class _Api(BaseHTTPRequestHandler):
    """Accepts every message."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """One call of the API; it answers after `ANSWERS_AFTER` seconds."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        time.sleep(ANSWERS_AFTER)
        recipients = [
            {"number": number, "statusCode": 101, "messageId": f"ATXid_{time.monotonic_ns():x}", "cost": "XOF 10.0000"}
            for number in form["to"][0].split(",")
        ]
        body = json.dumps({"SMSMessageData": {"Recipients": recipients}}).encode()
        self.send_response(201)
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
