"""What is measured of a filled database: pages of the web queue, a digest, and what citizens are told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from flask import Flask
from flask.testing import FlaskClient

from bench.growth.filled import EMAIL, PASSWORD
from bench.growth.years import NOW, Years, reference_of
from gateway.database_figures import database_figures
from gateway.outbound.digests import Due, compose
from gateway.runtime.deployment import Deployment
from storage.tables.committees import Committee
from tests.support.phones import Phone
from tests.support.queries import asked_queries

ROUNDS = 5
QUEUE, DASHBOARD = 200.0, 500.0
"""Milliseconds that a page of the queue and the dashboard may take on the server."""
MOST_QUERIES = 12
Look = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """The best time of some rounds in milliseconds, and the number of queries of one."""

    milliseconds: float
    queries: int


def costs(deployment: Deployment, app: Flask, years: Years, only: str = "") -> dict[str, Cost]:
    """The cost of each look whose name contains `only`."""
    return {what: _cost(deployment, look) for what, look in looks(deployment, app, years).items() if only in what}


def wanted(what: str) -> float | None:
    """The most milliseconds that a look may take; None if no figure was asked for."""
    return QUEUE if what.startswith("queue") else DASHBOARD if what.startswith("dashboard") else None


def looks(deployment: Deployment, app: Flask, years: Years) -> dict[str, Look]:
    """What people look at, by name: as an administrator of the country, and as citizens."""
    http = _signed_in(app)
    commune = years.communes[0]
    committee = years.committees[commune]

    def page(path: str, **arguments: str) -> Look:
        def look() -> object:
            answer = http.get(path, query_string=arguments)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
            return answer.text

        return look

    filters: Mapping[str, dict[str, str]] = {
        "first page": {},
        "page 100": {"page": "100"},
        "last page": {"page": str(years.size // 40)},
        "one commune": {"commune": commune},
        "one category": {"category": "theft"},
        "one commune and category": {"commune": commune, "category": "theft"},
        "emergencies": {"urgency": "emergency"},
        "received": {"state": "received"},
        "closed": {"state": "closed"},
        "open": {"state": "open"},
        "to be looked at": {"review": "1"},
        "this week": {"period": "week"},
        "free words": {"words": "moto marché"},
        "free words that stand nowhere": {"words": "girafe"},
    }
    return {
        **{f"queue, {name}": page("/queue/concerns", **given) for name, given in filters.items()},
        "start page": page("/queue/"),
        "dashboard, 13 weeks": page("/queue/dashboard"),
        "dashboard, 52 weeks": page("/queue/dashboard", period="year"),
        "dashboard, one region, 52 weeks": page("/queue/dashboard", zone="area:ml-bamako", period="year"),
        "dashboard, one committee": page("/queue/dashboard", zone=f"committee:{committee}"),
        "one concern": page(f"/queue/concerns/{reference_of(0)}"),
        "committee with its agenda": page(f"/queue/committees/{committee}"),
        "digest of a committee": lambda: _digest(deployment, committee),
        "follow by reference (SMS)": _by_reference(app, years),
        "follow by number (USSD, 3 requests)": _by_number(app, years),
        "public figures": page("/figures"),
        "/metrics": lambda: database_figures(deployment.database, deployment.now()),
    }


def _signed_in(app: Flask) -> FlaskClient:
    http = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/queue/login").text)
    if token is None:
        raise SystemExit("the sign-in page has no form")
    http.post("/queue/login", data={"csrf_token": token[1], "email": EMAIL, "password": PASSWORD})
    return http


def _digest(deployment: Deployment, code: str) -> object:
    """The digest of the last week for each secretary of a committee."""
    with deployment.database.read() as transaction:
        committee = transaction.get_one(Committee, code)
        return list(compose(deployment, transaction, Due(committee, "growth", NOW - timedelta(days=7), NOW)))


def _phone(app: Flask, years: Years, at: int) -> Phone:
    hook = f"/hooks/{app.extensions['deployment'].settings.webhook_token}/africastalking/"
    return Phone(years.msisdn(at), app.test_client(), f"{hook}ussd", f"{hook}sms")


def _by_reference(app: Flask, years: Years) -> Look:
    """A citizen asks by SMS about a concern of theirs; each time another citizen, since answers have a limit."""
    at = count()

    def look() -> object:
        number = next(at)
        return _phone(app, years, number).write(f"SUIVI {reference_of(number)}", id=f"growth-{time.time_ns()}")

    return look


def _by_number(app: Flask, years: Years) -> Look:
    """A citizen dials and lists their concerns: three requests; each time another citizen."""
    at = count(1000)

    def look() -> object:
        phone = _phone(app, years, next(at))
        return phone.dial(), phone.type("1"), phone.type("2")

    return look


def _cost(deployment: Deployment, look: Look) -> Cost:
    """The cost after one look that fills the caches."""
    look()
    seconds = []
    with asked_queries(deployment.database) as asked:
        for _ in range(ROUNDS):
            begun_at = time.perf_counter()
            look()
            seconds.append(time.perf_counter() - begun_at)
    return Cost(min(seconds) * 1000, len(asked) // ROUNDS)
