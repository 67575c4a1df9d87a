"""Sends each committee its digest once, according to its timetable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.language import Language
from config.money import Money
from flows.committees.digest import Period, digest
from flows.committees.meetings import WEEKDAYS
from flows.screen import count_segments
from gateway.runtime.deployment import Deployment
from storage.committees.agendas import agenda
from storage.committees.committees import next_meeting, next_meeting_at, secretaries_of, zone_of
from storage.committees.titles import with_titles
from storage.enumerations import Priority
from storage.insert_once import insert_once
from storage.messages.outbound import OutboundSms, queue_message
from storage.tables.committees import Committee, Secretary
from storage.tables.messages import Digest
from storage.tables.people import Contact

BEFORE_MEETING = timedelta(days=3)
WEEK = timedelta(days=7)
STILL_DUE = timedelta(hours=36)
"""How late a digest may still be sent; after that it is left out and the next one follows."""


@dataclass(frozen=True, slots=True)
class Due:
    """One digest of one committee; `period` makes it unique."""

    committee: Committee
    period: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Composed:
    """The digest for one secretary: its text, the number of SMS parts and their price."""

    committee: str
    to: Contact
    text: str
    parts: int
    price: Money


def send_due_digests(deployment: Deployment) -> int:
    """Queues the digests that are due, each in its own transaction; a run that was interrupted continues there.

    If two schedulers run at once, each digest is still queued once. Returns the number of SMS.
    """
    with deployment.database.read() as transaction:
        dues = list(due_digests(deployment, transaction))
    return send_all(deployment, dues)


def send_all(deployment: Deployment, dues: Iterable[Due]) -> int:
    """Queues these digests, each in its own transaction; returns the number of SMS."""
    sent = 0
    for due in sorted(dues, key=lambda due: (due.until, due.committee.code)):
        with deployment.database.write() as transaction:
            sent += send_digest(deployment, transaction, due)
    return sent


def due_digests(deployment: Deployment, transaction: Transaction, only: str | None = None) -> Iterator[Due]:
    """Yields the digests that are due and not yet sent, of one committee or of all."""
    for code in [only] if only else committees_with_secretary(transaction):
        committee = transaction.get_one(Committee, code)
        if committee.installed:
            gone = set(transaction.scalars(select(Digest.period).where(Digest.committee == code)))
            yield from (due for due in _due(deployment, transaction, committee) if due.period not in gone)


def committees_with_secretary(transaction: Transaction) -> list[str]:
    """Returns the codes of the committees that have a secretary, so that a digest can be sent."""
    return list(transaction.scalars(select(Secretary.committee).distinct().order_by(Secretary.committee)))


def send_digest(deployment: Deployment, transaction: Transaction, due: Due) -> int:
    """Queues one digest for each secretary; returns the number of SMS, 0 if it was sent before."""
    now = deployment.now()
    code = due.committee.code
    if not insert_once(transaction, Digest, committee=code, period=due.period, sent_at=now):
        return 0
    next_meeting(transaction, deployment.pack, due.committee, now)  # creates the meeting that the digest names
    sent = 0
    for composed in compose(deployment, transaction, due):
        key = f"digest:{code}:{due.period}:{composed.to.id}"
        sms = OutboundSms(key, composed.to, composed.text, committee=code, priority=Priority.NOTICE)
        sent += queue_message(transaction, deployment.vault, deployment.pack, sms, now) is not None
    return sent


def compose(deployment: Deployment, transaction: Transaction, due: Due) -> Iterator[Composed]:
    """Yields the digest for each secretary in their language; none for a quiet week if the committee wants that."""
    pack, committee = deployment.pack, due.committee
    zone = pack.time_zone
    items = with_titles(deployment.vault, agenda(transaction, committee.code, deployment.now(), (due.since, due.until)))
    if not items and committee.silent_when_quiet:
        return
    meeting = next_meeting_at(transaction, pack, committee, deployment.now())
    period = Period(
        since=due.since.astimezone(zone).date(),
        until=(due.until - timedelta(seconds=1)).astimezone(zone).date(),
        meeting=meeting.astimezone(zone).date(),
    )
    texts: dict[str, str] = {}
    for secretary in secretaries_of(transaction, committee.code):
        language: Language = pack.language(secretary.language or committee.language)
        if language.code not in texts:
            texts[language.code] = digest(committee.name, items, period, pack, language)
        text = texts[language.code]
        count = count_segments(text)
        yield Composed(committee.code, secretary, text, count, pack.price(count))


def this_week(deployment: Deployment, committee: Committee) -> Due:
    """Returns the digest of the last seven days, for an administrator who asks for it. In quiet hours it waits too."""
    now = deployment.now()
    return Due(committee, f"asked-{now:%Y-%m-%dT%H:%M}", now - WEEK, now)


def _due(deployment: Deployment, transaction: Transaction, committee: Committee) -> Iterator[Due]:
    pack, now = deployment.pack, deployment.now()
    local = now.astimezone(zone_of(pack, committee))
    hour = pack.digest_hour if committee.digest_hour is None else committee.digest_hour
    at_hour = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    on = WEEKDAYS.index(committee.digest_weekday or pack.digest_weekday)
    weekly = at_hour - timedelta(days=(local.weekday() - on) % 7)
    if weekly > local:
        weekly -= WEEK
    if local - weekly <= STILL_DUE:
        yield Due(committee, f"week-{weekly:%G-W%V}", weekly - WEEK, weekly)
    meeting = next_meeting_at(transaction, pack, committee, now).astimezone(local.tzinfo)
    before = (meeting - BEFORE_MEETING).replace(hour=hour, minute=0, second=0, microsecond=0)
    if timedelta() <= local - before <= STILL_DUE:
        yield Due(committee, f"meeting-{meeting:%Y-%m-%d}", before - WEEK, before)
