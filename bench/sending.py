"""Sending SMS on SQLite and PostgreSQL, through the SDK to a stand-in: messages a second, their cost, memory.

`MANY` sets the messages of each round. `REPLIES=30000 RATE=150` sends only that many replies, through a provider that
takes so many SMS a second. `MEMORY_OVER=100000` sends only that many messages, in ten rounds, and prints the memory
after each. `SENDING_ON=sqlite` leaves PostgreSQL out.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import threading
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
from bench.figures import memory_of_process, memory_of_tree, tell
from config.settings import Settings
from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import provider_routing
from gateway.runtime.deployment import Deployment
from gateway.worker.dispatcher import LONGEST_RUN, drain_all
from storage.enumerations import MessageState, Priority
from storage.messages.listing import count_states
from storage.messages.outbound import OutboundSms, queue_message
from storage.paced_writes import write_slices
from storage.people.contacts import ensure_contact
from storage.write_group import Turn
from tests.support import servers

ANSWERS_AFTER = (0.0, 0.05, 0.3)
"""Seconds: at once, so that our own work is measured; a provider near by; one on another continent."""
MANY = int(os.environ.get("MANY", "1000"))
"""Messages of each kind, for each time of answer."""
MEMORY_OVER = int(os.environ.get("MEMORY_OVER", "0"))
ROUNDS = 10
ON = os.environ.get("SENDING_ON", "sqlite,postgresql").lower().split(",")
ONLY_REPLIES = "REPLIES" in os.environ
REPLIES = int(os.environ.get("REPLIES", "1500"))
RATE = int(os.environ.get("RATE", "50"))
"""SMS a second that the provider takes in the last part."""
REPLIES_ANSWERED_AFTER = 0.05
"""Seconds after which the provider answers a call in the last part."""


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
            if name.lower() not in ON:
                continue
            settings = Settings(
                data_dir=Path(folder), database_url=address, redis_url=redis_address, secret_keys="secret of the bench",
                sms_provider="africastalking", at_username="bench", at_api_key="none", at_api_url=api,
            )  # fmt: skip
            prepare(settings)
            deployment = Deployment.open(settings, turn=Turn.CHORE)
            if MEMORY_OVER:
                measure_memory(name, deployment, api)
            elif not ONLY_REPLIES:
                measure(name, deployment, api)
            deployment.close()
            if MEMORY_OVER:
                continue
            rated = Deployment.open(settings.model_copy(update={"sms_rate": RATE}), turn=Turn.CHORE)
            measure_at_rate(name, rated, api)
            rated.close()


def measure(name: str, deployment: Deployment, api: str) -> None:
    """Sends a round of each kind for each time of answer, and prints messages a second and what each one cost."""
    for text, what in (("", "one text for all"), (" {number}", "a text for each")):
        for after in ANSWERS_AFTER:
            answer_after(api, after)
            queue(deployment, f"{what}-{after}", f"Réunion du comité samedi à 9 heures.{text}")
            took, cpu = send_all(deployment)
            label = f"{name}, {what}, answers after {after * 1000:.0f} ms"
            tell(label, MANY / took, "/s", "wanted: more than a provider's 50/s")
            tell(f"{label}, processor time", 1000 * cpu / MANY, "ms")
    with deployment.database.read() as transaction:
        states = count_states(transaction)
    if set(states) != {MessageState.SENT}:
        raise SystemExit(f"not every message was taken: {states}")


def measure_memory(name: str, deployment: Deployment, api: str) -> None:
    """Sends `MEMORY_OVER` messages in ten rounds, and prints the memory of the process after each."""
    answer_after(api, 0.0)
    for number in range(1, ROUNDS + 1):
        queue(deployment, f"memory-{number}", "Réunion du comité samedi à 9 heures.", MEMORY_OVER // ROUNDS)
        send_all(deployment)
        sent = MEMORY_OVER // ROUNDS * number
        tell(f"{name}, memory after {sent:,} messages", memory_of_tree(os.getpid()), "MB", "wanted: flat")


def send_all(deployment: Deployment) -> tuple[float, float]:
    """Sends everything that waits; returns the seconds of the clock and of the processor."""
    routing, began, cpu = provider_routing(deployment.settings), time.monotonic(), time.process_time()
    if not drain_all(deployment, routing, began + 600):
        raise SystemExit("not all was sent")
    return time.monotonic() - began, time.process_time() - cpu


def answer_after(api: str, seconds: float) -> None:
    """Tells the stand-in after how many seconds it shall answer."""
    requests.put(api, data=str(seconds), timeout=5).raise_for_status()


def measure_at_rate(name: str, deployment: Deployment, api: str) -> None:
    """Sends replies, each with a text of its own, to a provider that takes `RATE` a second.

    Prints the rate, what the provider got and the memory of this process. Ends the benchmark if a reply is missing.
    """
    answer_after(api, REPLIES_ANSWERED_AFTER)
    queue(deployment, "at a rate", "Votre message est à l'ordre du jour, réf {number}.", REPLIES)
    requests.delete(api, timeout=5)
    routing, memory = provider_routing(deployment.settings), [memory_of_process()]
    began, cpu = time.monotonic(), time.process_time()
    while not drain_all(deployment, routing, time.monotonic() + LONGEST_RUN):
        memory.append(memory_of_process())
    took, spent = time.monotonic() - began, time.process_time() - cpu
    label, got = f"{name}, {REPLIES} replies at {RATE}/s", requests.get(api, timeout=5).json()
    tell(label, took, "s", f"the rate allows {REPLIES / RATE:.0f}")
    tell(f"{label}: reached", REPLIES / took, "/s", f"{100 * REPLIES / took / RATE:.0f} % of the rate")
    tell(f"{label}: processor time a reply", 1000 * spent / REPLIES, "ms")
    tell(f"{label}: lost", REPLIES - got["texts"], "", "wanted: 0")
    tell(f"{label}: sent twice", got["messages"] - got["texts"], "", "wanted: 0")
    tell(f"{label}: in the provider's fullest second", got["fullest"], "", f"wanted: at most {RATE}")
    tell(f"{label}: calls of the provider on one connection", got["calls"] / got["connections"], "", "kept open")
    tell(f"{label}: memory at the start", memory[0], "MB")
    tell(f"{label}: memory in the middle", memory[len(memory) // 2], "MB")
    tell(f"{label}: memory at the end", memory_of_process(), "MB", "wanted: flat from the middle on")
    if got["texts"] != REPLIES:
        raise SystemExit("replies were lost")


def queue(deployment: Deployment, name: str, text: str, many: int = MANY) -> None:
    """Queues messages; `text` may contain `{number}`."""

    def begin(transaction: Transaction) -> Callable[[int], None]:
        def one(number: int) -> None:
            now = deployment.now()
            contact = ensure_contact(transaction, deployment.vault, Msisdn(f"+2237{number:07d}"), now)
            sms = OutboundSms(f"{name}:{number}", contact, text.format(number=number), priority=Priority.ANSWER)
            queue_message(transaction, deployment.vault, deployment.pack, sms, now)

        return one

    write_slices(deployment.database, range(many), begin)


_COUNTING = threading.Lock()


class _Api(BaseHTTPRequestHandler):
    """Accepts every message, and counts those of each second, the different ones, the calls and the connections."""

    protocol_version = "HTTP/1.1"
    taken: ClassVar[Counter[int]] = Counter()
    different: ClassVar[set[tuple[str, str]]] = set()
    calls: ClassVar[Counter[str]] = Counter()
    after: ClassVar[list[float]] = [0.0]

    def setup(self) -> None:
        """Begins a connection."""
        super().setup()
        self.is_counted = False

    def do_GET(self) -> None:
        """What came since the counts were forgotten."""
        counts = {
            "messages": sum(self.taken.values()),
            "texts": len(self.different),
            "fullest": max(self.taken.values(), default=0),
            "calls": self.calls["calls"],
            "connections": self.calls["connections"],
        }
        self._answer(200, json.dumps(counts).encode())

    def do_DELETE(self) -> None:
        """Forgets the counts."""
        for counts in (self.taken, self.different, self.calls):
            counts.clear()
        self._answer(200, b"")

    def do_PUT(self) -> None:
        """Sets after how many seconds calls are answered."""
        self.after[0] = float(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(200, b"")

    def do_POST(self) -> None:
        """One call of the API, as an aggregator answers it."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        numbers = form["to"][0].split(",")
        with _COUNTING:
            self.taken[int(time.time())] += len(numbers)
            self.different.update((number, form["message"][0]) for number in numbers)
            self.calls["calls"] += 1
            self.calls["connections"] += not self.is_counted
        self.is_counted = True
        time.sleep(self.after[0])
        recipients = [
            {"number": number, "statusCode": 101, "messageId": f"ATXid_{time.monotonic_ns():x}", "cost": "XOF 10.0000"}
            for number in numbers
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
