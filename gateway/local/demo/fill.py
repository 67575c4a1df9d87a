"""Fills an empty database with the demo. Refuses in production, and if the database holds concerns."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Transaction

from config.examples import load_examples
from flows.msisdn import invented_msisdn
from gateway.local.demo.history import History, at_moment, plan_report
from gateway.local.demo.meetings import host_of, plan_meetings
from gateway.local.demo.one_transaction import OneTransaction
from gateway.local.demo.reports import choose_reports
from gateway.outbound.citizen_notifications import send_due_notifications
from gateway.outbound.digests import send_due_digests
from gateway.outbound.secretary_notifications import send_reminders
from gateway.outbound.surge_alerts import send_surge_alerts
from gateway.runtime.deployment import Deployment
from gateway.simulator.people import CITIZENS, SECRETARIES
from storage.committees.committees import add_secretary, load_registry
from storage.concerns.public_figures import publish_afresh
from storage.enumerations import MessageState, Work
from storage.messages.outbound import FINAL
from storage.people.contacts import ensure_contact
from storage.tables.alerts import Alert
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.messages import Message, OutboxRow

SEED = 2026
HALF_YEAR = timedelta(days=182)
CONCERNS, PEOPLE, COMMUNES = 450, 240, 6
WANT_NEWS = 3
"""One of so many citizens agreed to announcements."""
FAILED_EVERY = 90
"""One of so many SMS did not reach its phone."""


class DemoRefused(Exception):
    """The database holds concerns, or this is production."""


def fill(deployment: Deployment) -> str:
    """Fills the database in some seconds, the same each time, and returns a summary. Raises `DemoRefused`."""
    _refuse_what_is_real(deployment)
    pack, now, chance = deployment.pack, deployment.now(), random.Random(SEED)  # noqa: S311 - the same each time
    places: dict[str, list[str]] = {}
    for place in pack.places:
        places.setdefault(place.commune, []).append(place.name)
    communes = [area.code for area in pack.communes if pack.committees[area.code].installed and area.code in places]
    communes = communes[:COMMUNES]
    examples = load_examples(pack, deployment.settings.pack)
    with deployment.database.write() as transaction:
        inside = replace(deployment, database=OneTransaction(deployment.database, transaction))
        begin = at_moment(inside, now - HALF_YEAR)
        load_registry(transaction, pack)
        _add_secretaries(begin, transaction, communes)
        _add_citizens(begin, transaction)
        days = (begin.now(), now)
        reports = choose_reports(chance, examples, communes, places, CONCERNS, PEOPLE, days, pack.time_zone)
        history = History(begin, chance, now)
        for number, report in enumerate(reports):
            plan_report(history, number, report)
        plan_meetings(history)
        history.run()
        _leave_nothing_due(at_moment(inside, now), transaction)
        _settle_messages(transaction)
        publish_afresh(transaction, deployment.vault, pack, now)
    return (
        f"{len(reports)} concerns of {PEOPLE} people in {len(communes)} communes over half a year, "
        f"{history.answered} answered, {history.recommended} recommendations"
    )


def _refuse_what_is_real(deployment: Deployment) -> None:
    if deployment.settings.in_production:
        raise DemoRefused("this is production: a demo would stand beside what people really said")
    with deployment.database.read() as transaction:
        if transaction.scalar(select(func.count()).select_from(Concern)):
            raise DemoRefused("the database holds concerns already: a demo goes into an empty one")


def _add_secretaries(deployment: Deployment, transaction: Transaction, communes: list[str]) -> None:
    """Each commune's committee gets a secretary, a chair and a venue, and so does each installed one above."""
    codes = list(communes)
    for code in communes:
        above = transaction.get_one(Committee, code).above
        while above and above not in codes:
            codes.append(above)
            above = transaction.get_one(Committee, above).above
    for number, code in enumerate(codes):
        msisdn = invented_msisdn(deployment.pack.country, SECRETARIES, number)
        contact = ensure_contact(transaction, deployment.vault, msisdn, deployment.now())
        committee = transaction.get_one(Committee, code)
        if committee.installed:
            area = deployment.pack.areas[committee.area].name
            host = host_of(deployment.pack, committee)
            committee.chair, committee.venue = host.chair.format(area=area), host.venue.format(area=area)
            add_secretary(transaction, committee, contact, deployment.now())


def _add_citizens(deployment: Deployment, transaction: Transaction) -> None:
    for person in range(0, PEOPLE, WANT_NEWS):
        msisdn = invented_msisdn(deployment.pack.country, CITIZENS, person)
        ensure_contact(transaction, deployment.vault, msisdn, deployment.now()).wants_news = True


def _leave_nothing_due(deployment: Deployment, transaction: Transaction) -> None:
    """Sends what is due by the clock, and drops the notices that wait: a worker sends nothing of the demo later."""
    send_due_notifications(deployment)
    send_reminders(deployment)
    send_due_digests(deployment)
    send_surge_alerts(deployment)
    transaction.flush()
    transaction.execute(update(Concern).values(news_due_at=None))


def _settle_messages(transaction: Transaction) -> None:
    """Marks the open SMS of the half-year as delivered, a few as failed, so that nothing of the demo is sent."""
    is_open = Message.state.not_in(FINAL)
    values = {"provider": "demo", "changed_at": Message.created_at}
    failed = (Message.id % FAILED_EVERY == 0) & Message.alert_id.is_(None)
    transaction.execute(update(Message).where(is_open, failed).values(state=MessageState.FAILED, **values))
    transaction.execute(update(Message).where(is_open).values(state=MessageState.DELIVERED, **values))
    transaction.execute(update(Alert).where(Alert.confirmed_at.is_(None)).values(confirmed_at=Alert.created_at))
    transaction.execute(OutboxRow.__table__.delete().where(OutboxRow.work == Work.SEND))  # type: ignore[attr-defined]
