"""Every page of the web queue asks the database few questions, with the demo's data."""

from __future__ import annotations

import re

from sqlalchemy import func, select
from werkzeug.routing import Rule

from gateway.local.demo import fill
from storage.database import Database
from storage.enumerations import MeetingState, Role
from storage.tables.committees import AgendaItem, Meeting, Recommendation
from storage.tables.concerns import Concern
from storage.tables.people import Administrator
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway
from tests.support.queries import asked_queries

COMMUNE_IV = "ml-bamako-commune-iv"
MOST_QUERIES = 12
NO_PAGE = re.compile(r"\.(?:csv|xlsx|pdf|js)$|<form>|<path:|<token>")
"""Downloads, files of the project, and links for people who have no account yet."""


def addresses(database: Database) -> dict[str, list[str]]:
    """What stands in for each part of an address: one of each state, for items those with the most messages."""
    with database.read() as transaction:
        items = transaction.execute(
            select(AgendaItem.state, AgendaItem.id)
            .join(Concern, Concern.item_id == AgendaItem.id)
            .where(AgendaItem.committee == COMMUNE_IV)
            .group_by(AgendaItem.state, AgendaItem.id)
            .order_by(func.count(Concern.id))
        ).all()
        concerns = transaction.execute(
            select(Concern.state, Concern.reference).where(Concern.committee == COMMUNE_IV).order_by(Concern.id)
        ).all()
        meetings = transaction.execute(
            select(Meeting.state, Meeting.id).where(Meeting.committee == COMMUNE_IV).order_by(Meeting.id)
        ).all()
        recommendations = transaction.scalars(
            select(Recommendation.number).order_by(Recommendation.committee != COMMUNE_IV).limit(2)
        ).all()
        person = transaction.scalars(select(Administrator.id)).first()
    assert {state for state, _ in meetings} == {MeetingState.HELD, MeetingState.PLANNED}
    return {
        "/items/<id:id>": [f"/items/{id}" for id in dict(items).values()],
        "<code>/meetings/<id:id>": [f"{COMMUNE_IV}/meetings/{id}" for id in dict(meetings).values()],
        "/people/<id:id>": [f"/people/{person}"],
        "<reference>": list(dict(concerns).values()),
        "<number>": list(recommendations),
        "<code>": [COMMUNE_IV, "ml-bamako", "crss"],
    }


def paths_of(rule: Rule, known: dict[str, list[str]]) -> list[str]:
    """The addresses of a route, each of its parts filled in."""
    paths = [str(rule)]
    for part, values in known.items():
        paths = [path.replace(part, value) for path in paths for value in (values if part in path else [""])]
    return paths


def test_no_page_asks_more_than_twelve_times_also_when_it_is_opened_first(gateway: Gateway) -> None:
    fill(gateway.deployment)
    gateway.administrator("secretaire@example.org", Role.SECRETARY, COMMUNE_IV)
    gateway.administrator("pays@example.org", Role.ADMINISTRATOR)
    gateway.administrator("audit@example.org", Role.AUDITOR)
    known = addresses(gateway.deployment.database)
    pages = {
        rule.endpoint: paths_of(rule, known)
        for rule in gateway.app.url_map.iter_rules()
        if rule.endpoint.startswith("queue.") and "GET" in (rule.methods or ()) and not NO_PAGE.search(str(rule))
    }
    opened: set[str] = set()
    heavy: list[str] = []
    for name in ("secretaire", "pays", "audit"):
        http = sign_in(gateway, f"{name}@example.org").http
        for endpoint, paths in pages.items():
            for path in paths:
                with asked_queries(gateway.deployment.database) as asked:
                    status = http.get(path).status_code
                if status == 200:
                    opened.add(endpoint)
                if len(asked) > MOST_QUERIES:
                    heavy.append(f"{name} {path}: {len(asked)}\n" + "\n".join(asked))
    assert not heavy, "\n".join(heavy)
    assert set(pages) - opened <= {"queue.login"}
