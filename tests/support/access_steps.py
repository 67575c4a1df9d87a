"""Addresses of the web queue with real values in them, and what an act there may change."""

from __future__ import annotations

import re

from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.committees.agenda_items import lock_item
from gateway.committees.recommendations import recommend
from gateway.outbound.broadcasts import preview
from storage.enumerations import Role
from storage.messages.broadcasts import propose
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from storage.tables.people import Administrator
from tests.support.browsing import cells_of
from tests.support.committee_work import told
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
WORDS = "on a volé ma moto à Lafiabougou"
ACTS = {"items": "decide", "concerns": "close", "meetings": "cancel", "recommendations": "answer", "broadcasts": "stop",
        "committees": "close", "account": "password", "people": "disable"}  # fmt: skip


def what_commune_iv_has(gateway: Gateway) -> dict[str, str]:
    """Gives Commune IV a report, an item and its meeting, a recommendation, an announcement; returns their ids."""
    item = told(gateway, WORDS)
    phone = gateway.phone("+22370003001")
    phone.report()
    phone.dial()
    phone.type("5", "4")
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        shown = preview(deployment, transaction, COMMUNE_IV, "Réunion jeudi à la mairie.")
        announced = propose(transaction, COMMUNE_IV, shown.text, "iv@example.org", gateway.clock())
        number = recommend(
            deployment, transaction, lock_item(transaction, item), "iv@example.org", "Éclairer la route."
        ).number
        meeting = transaction.get_one(AgendaItem, item).meeting_id
        reference = transaction.scalars(select(Concern.reference).order_by(Concern.id)).first()
    gateway.administrator("theirs@example.org", Role.COORDINATOR, COMMUNE_IV)
    with deployment.database.read() as transaction:
        account = transaction.scalars(select(Administrator.id)).one()
    return {"people": str(account), "items": str(item), "meetings": str(meeting), "broadcasts": str(announced.id), "messages": "1",
            "code": COMMUNE_IV, "reference": str(reference), "number": number}  # fmt: skip


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
