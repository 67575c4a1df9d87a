"""Addresses of the web queue with real values in them, and what an act there may change."""

from __future__ import annotations

import re

from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.browsing import cells_of
from tests.support.gateway import Gateway

ACTS = {"items": "decide", "concerns": "close", "meetings": "cancel", "recommendations": "answer", "broadcasts": "stop",
        "committees": "close", "account": "password", "people": "disable"}  # fmt: skip


def filled(rule: Rule, known: dict[str, str]) -> str:
    """The address of a route, its placeholders filled with what Commune IV has."""
    path, section = str(rule), str(rule).split("/")[2]
    if "meetings" in path:
        section = "meetings"
    values = known | {
        "act": ACTS.get(section, "x"),
        "id": known.get(section, "1"),
        "paper": "ordre-du-jour",
        "form": "pdf",
    }
    for name in rule.arguments:
        path = re.sub(rf"<(?:\w+:)?{name}>", "queue.css" if name == "filename" else values[name], path)
    assert "<" not in path, path
    return path


def state(gateway: Gateway) -> list[object]:
    """State and version of all agenda items and concerns: an act without the right to it must not change them."""
    with gateway.deployment.database.read() as transaction:
        items = transaction.execute(select(AgendaItem.id, AgendaItem.state, AgendaItem.version)).all()
        concerns = transaction.execute(select(Concern.id, Concern.state, Concern.version)).all()
    return [tuple(row) for row in (*items, *concerns)]


def words_of(answer: TestResponse) -> str:
    """What somebody reads in an answer; of an Excel file what stands in its cells."""
    return str(cells_of(answer.data)) if answer.data.startswith(b"PK") else answer.text
