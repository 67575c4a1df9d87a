"""Plays the demo's reports and what follows from them, in order of time, through the use cases of the live gateway.

Each step runs with the clock at its own moment and may plan later steps: an emergency is looked at within minutes, a
concern is treated some mornings later, a citizen says whether an answer satisfies.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import invented_msisdn
from gateway.committees.agenda_items import refer
from gateway.committees.concerns import Correction, close, close_item, correct, to_agenda
from gateway.committees.secretary import SecretaryActions
from gateway.local.demo.reports import Report
from gateway.local.demo.texts import ANSWER, ANSWERS, SERVICE_ANSWERED
from gateway.outbound.citizen_notifications import take_satisfaction
from gateway.runtime.deployment import Deployment
from gateway.simulator.people import CITIZENS
from gateway.worker.triage import read_batch
from storage.committees.committees import secretaries_of
from storage.concerns.concerns import NewConcern, file_concern
from storage.concerns.taking_up import MAY_BE_URGENT, take_up
from storage.enumerations import ConcernState, ItemState, Work
from storage.messages.outbox import claim_work
from storage.people.contacts import ensure_contact
from storage.people.open_questions import NEWS_KEY, open_question
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

ADMINISTRATOR = "demo@example.org"
REVIEWED, TREATED, SATISFIED, ASKED = 0.6, 0.85, 0.7, 0.6
"""Shares: of concerns to review that were corrected, of concerns that were treated, of answers that satisfied, of
citizens who said whether they did."""

Step = Callable[[Deployment], None]


@dataclass
class History:
    """The steps that are still to come, earliest first."""

    deployment: Deployment
    chance: random.Random
    until: datetime
    _steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)
    answered: int = 0
    recommended: int = 0

    def plan(self, at: datetime, step: Step) -> None:
        """Plans a step for a moment. A step after the end of the half-year is left out."""
        if at < self.until:
            heapq.heappush(self._steps, (at, next(self._order), step))

    def run(self) -> None:
        """Does every step at its own moment."""
        while self._steps:
            at, _, step = heapq.heappop(self._steps)
            step(at_moment(self.deployment, at))

    def after(self, moment: datetime, least: timedelta, most: timedelta) -> datetime:
        """A random moment, between `least` and `most` after `moment`."""
        return moment + least + (most - least) * self.chance.random()

    def morning(self, moment: datetime, days: int) -> datetime:
        """A moment in the morning, `days` later; on Monday if that is a Sunday."""
        zone = self.deployment.pack.time_zone
        day = moment.astimezone(zone).date() + timedelta(days=days)
        day += timedelta(days=1) if day.weekday() == 6 else timedelta()
        return datetime.combine(day, time(8 + self.chance.randrange(3), self.chance.randrange(60)), zone)


def at_moment(deployment: Deployment, moment: datetime) -> Deployment:
    """The same deployment with its clock at `moment`."""
    return replace(deployment, now=lambda: moment)


def plan_report(history: History, number: int, report: Report) -> None:
    """A citizen sends a report; it is read at once, looked at, and treated some mornings later or never."""

    def send(then: Deployment) -> None:
        """The report comes in and is read by triage."""
        moment, said = then.now(), report.said
        with then.database.write() as transaction:
            person = invented_msisdn(then.pack.country, CITIZENS, report.person)
            contact = ensure_contact(transaction, then.vault, person, moment)
            contact.language = contact.language or (said.language if said.language in then.pack.languages else None)
            new = NewConcern(
                source=("demo", str(number)),
                channel=report.channel,
                text=said.text,
                contact_id=contact.id,
                spoken=contact.language,
                danger=report.danger,
                category=report.category,
                commune=report.commune,
                place=report.place,
            )
            concern, _ = file_concern(transaction, then.vault, new, moment)
            claim = claim_work(transaction, Work.TRIAGE, moment, 1)
        read_batch(then, claim)
        with then.database.read() as transaction:
            _plan_what_follows(history, transaction.get_one(Concern, concern.id), report)

    history.plan(report.sent_at, send)


def _plan_what_follows(history: History, concern: Concern, report: Report) -> None:
    concern_id, may_be_urgent = concern.id, MAY_BE_URGENT in concern.reasons
    is_emergency = "emergency" in (concern.urgency, report.said.urgency)
    if is_emergency or may_be_urgent:
        look = history.after(report.sent_at, timedelta(minutes=2), timedelta(minutes=12))
        history.plan(look, lambda then: _look(then, concern_id))
    else:
        history.plan(history.morning(report.sent_at, 1), lambda then: _open(then, concern_id))
    if history.chance.random() < REVIEWED or may_be_urgent:
        days = 1 if may_be_urgent else 1 + history.chance.randrange(3)
        history.plan(history.morning(report.sent_at, days), lambda then: _review(then, concern_id, report))
    if is_emergency or history.chance.random() < TREATED:
        days = 1 + history.chance.randrange(2 if is_emergency else 20)
        history.plan(
            history.morning(report.sent_at, days),
            lambda then: _treat(history, then, concern_id, report),
        )


def _open(then: Deployment, concern_id: int) -> None:
    """An administrator opens the page of a concern."""
    with then.database.write() as transaction:
        take_up(transaction, transaction.get_one(Concern, concern_id), ADMINISTRATOR, then.now())


def _look(then: Deployment, concern_id: int) -> None:
    """The secretaries of the committee read an emergency on their phones; without one an administrator takes it up."""
    with then.database.write() as transaction:
        concern = transaction.get_one(Concern, concern_id)
        secretaries = secretaries_of(transaction, concern.committee or "")
        if not secretaries:
            take_up(transaction, concern, ADMINISTRATOR, then.now())
        for contact in secretaries:
            language = then.pack.language(contact.language)
            SecretaryActions(then, transaction, contact, language, "sms").item(concern.reference)


def _review(then: Deployment, concern_id: int, report: Report) -> None:
    """An administrator corrects a concern that triage marked for review."""
    with then.database.write() as transaction:
        concern = transaction.get_one(Concern, concern_id)
        if not concern.needs_review or concern.state is ConcernState.CLOSED:
            return
        commune = report.commune or report.said.commune or concern.commune
        if commune:
            said = report.said
            correct(then, transaction, concern, ADMINISTRATOR, Correction(commune, said.category, said.urgency))


def _treat(history: History, then: Deployment, concern_id: int, report: Report) -> None:
    """An administrator puts a concern on the agenda, refers its item to a service, or closes it with an answer."""
    chance = history.chance
    with then.database.write() as transaction:
        concern = transaction.get_one(Concern, concern_id)
        if concern.state is not ConcernState.RECEIVED or concern.item_id is None or concern.needs_review:
            return
        share = chance.random()
        services = set(then.pack.local_services) - set(then.pack.categories[concern.category or "other"].not_to)
        if share < 0.45:
            close(
                then, transaction, concern, ADMINISTRATOR, chance.choice(ANSWERS.get(report.said.category, (ANSWER,)))
            )
            history.answered += 1
            _plan_satisfaction(history, then, transaction, concern)
        elif share < 0.9 or not services:
            to_agenda(then, transaction, concern, ADMINISTRATOR)
        else:
            item = transaction.get_one(AgendaItem, concern.item_id)
            if item.is_open and item.state in (ItemState.PROPOSED, ItemState.ON_AGENDA):
                refer(then, transaction, item, ADMINISTRATOR, chance.choice(sorted(services)))
                plan_end(history, then, item.id, SERVICE_ANSWERED)


def _plan_satisfaction(history: History, then: Deployment, transaction: Transaction, concern: Concern) -> None:
    if concern.contact_id is None or history.chance.random() > ASKED:
        return
    contact_id, typed = concern.contact_id, "1" if history.chance.random() < SATISFIED else "2"
    with_answer = select(Message).where(Message.key.startswith(f"{NEWS_KEY}:{concern.id}:"))
    if sms := transaction.scalars(with_answer.order_by(Message.id.desc())).first():
        open_question(transaction, sms, transaction.get_one(Contact, contact_id), then.now())  # as when it is sent

    def say(then: Deployment) -> None:
        """The citizen answers whether they are satisfied."""
        with then.database.write() as transaction:
            take_satisfaction(transaction, transaction.get_one(Contact, contact_id), typed, then.now())

    history.plan(history.after(then.now(), timedelta(minutes=5), timedelta(hours=30)), say)


def plan_end(history: History, then: Deployment, item_id: int, answer: str) -> None:
    """Plans to close an item some weeks after it was decided or referred. Its citizens get the answer."""

    def end(then: Deployment) -> None:
        """Closes the item, if it is still decided or referred."""
        with then.database.write() as transaction:
            item = transaction.get_one(AgendaItem, item_id)
            if item.state in (ItemState.DECIDED, ItemState.REFERRED):
                close_item(then, transaction, item, ADMINISTRATOR, answer)
                history.answered += 1

    history.plan(history.morning(then.now(), 15 + history.chance.randrange(20)), end)
