"""Nights of a committee: its quiet hours, and the morning after them. Bamako's time is UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from gateway.outbound.citizen_notifications import send_due_notifications
from storage.committees.registry import change_committee
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway

ADMIN, CITIZEN, SECRETARY, DISTRICT = "admin@example.org", "+22370001001", "+22370009001", "+22370009002"
COMMUNE_IV = "ml-bamako-commune-iv"
ANSWER = "Une patrouille passe désormais chaque soir."
QUESTION = "Dans quelle rue ?"
DAY, NIGHT = datetime(2026, 11, 24, 10, tzinfo=UTC), datetime(2026, 11, 24, 22, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 6, tzinfo=UTC)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    """The web queue of an administrator, with one citizen's report for a committee with a secretary."""
    gateway.administrator(ADMIN)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.secretary("ml-bamako", DISTRICT)
    gateway.first_pin(SECRETARY)
    gateway.phone(CITIZEN).write("on a volé ma moto à Lafiabougou hier")
    gateway.work()
    return sign_in(gateway, ADMIN)


def concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id)).first()  # type: ignore[return-value]


def page_of(gateway: Gateway) -> str:
    return f"/queue/concerns/{concern(gateway).reference}"


def at(gateway: Gateway, moment: datetime) -> None:
    """The clock shows this time, and the worker does what is due by now."""
    gateway.clock.moment = moment
    send_due_notifications(gateway.deployment)
    gateway.work()


def writes(gateway: Gateway, text: str, msisdn: str = CITIZEN) -> str:
    """Sends an SMS; returns the newest SMS to that phone."""
    gateway.clock.forward(minutes=2)
    gateway.phone(msisdn).write(text)
    gateway.work()
    return gateway.inbox(msisdn)[-1]


def answers(gateway: Gateway) -> int:
    """How many SMS with the answer the citizen has."""
    return sum(ANSWER in text for text in gateway.inbox(CITIZEN))


def set_hours(gateway: Gateway, **settings: str) -> None:
    """Gives Commune IV its own settings."""
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        change_committee(transaction, gateway.deployment.pack, committee, settings, gateway.clock())


def by_page(gateway: Gateway, desk: Desk) -> str:
    return desk.send(page_of(gateway), "close", answer=ANSWER)
