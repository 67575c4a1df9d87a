"""The CPU time of a request without I/O, for each screen of a report: decode the session, `advance`, encode it."""

from __future__ import annotations

import time

from bench.figures import tell
from config.pack.loader import load_pack
from flows.conversation.facts import Facts
from flows.conversation.machine import Machine
from flows.conversation.menus import conversation
from flows.conversation.session import Session
from flows.triage.places.gazetteer import Gazetteer
from tests.support.servers import ROOT

ROUNDS = 2000
REPORT = ("1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier", "1", "1")


def main() -> None:
    """Runs the benchmark and prints its figures."""
    pack = load_pack(ROOT / "config" / "mali")
    machine = Machine(conversation, pack, Gazetteer(pack))
    session = machine.dial(Facts("fr"))[0]
    spent, largest = [], 0
    for typed in REPORT:
        kept = session.encode()
        largest = max(largest, len(kept))
        spent.append(microseconds(machine, kept, typed))
        session = machine.advance(session, typed)[0]
    tell(f"a request without its I/O, mean of {len(REPORT)} screens", sum(spent) / len(spent), "us", "wanted: under 50")
    tell("the dearest of them", max(spent), "us")
    tell("largest session", largest, "B", "wanted: under 1024")


def microseconds(machine: Machine, kept: bytes, typed: str) -> float:
    """CPU time of one request in microseconds, for a session and an input."""
    began = time.process_time()
    for _ in range(ROUNDS):
        machine.advance(Session.decode(kept), typed)[0].encode()
    return (time.process_time() - began) / ROUNDS * 1e6
