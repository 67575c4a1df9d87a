"""What tests of access share with others."""

from __future__ import annotations

from sqlalchemy import select
from werkzeug.routing import Rule

from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.gateway import Gateway

ACTS = {"items": "decide", "concerns": "close", "meetings": "cancel", "recommendations": "answer", "broadcasts": "stop",
        "committees": "close", "account": "password"}  # fmt: skip


def filled(rule: Rule, known: dict[str, str]) -> str:
    """A route's address with what Commune IV has in its places."""
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
        path = path.replace(f"<int:{name}>", values[name]).replace(f"<path:{name}>", "queue.css")
        path = path.replace(f"<{name}>", values[name])
    return path


def state(gateway: Gateway) -> list[object]:
    with gateway.deployment.database.read() as transaction:
        items = transaction.execute(select(AgendaItem.id, AgendaItem.state, AgendaItem.version)).all()
        concerns = transaction.execute(select(Concern.id, Concern.state, Concern.version)).all()
    return [tuple(row) for row in (*items, *concerns)]
