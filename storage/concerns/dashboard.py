"""Figures for managers: concerns reported, seen and answered in a period, the backlog, SMS and meetings.

Repetitions and replies are not counted as concerns. Messages set aside as spam or test are not counted at all.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session as Transaction

from storage.concerns.concerns import Access
from storage.concerns.taking_up import IN_TIME
from storage.enumerations import ConcernState, MeetingState, MessageState
from storage.tables.committees import Committee, Meeting
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import Message

MOST_DELAYS = 10_000
"""Delays are read of this many concerns at most, the newest ones: enough for a percentile."""
COSTS_NOTHING = (MessageState.FAILED, MessageState.HELD)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which concerns the figures count, from `since` until before `until`.

    `committee` limits them to the concerns of one committee. `committees` are those whose SMS and meetings count;
    None is all.
    """

    access: Access
    since: datetime
    until: datetime
    committees: tuple[str, ...] | None = None
    committee: str | None = None

    def seen(self, *columns: Any) -> Select[Any]:
        """A query for columns of all concerns that may be seen, of any time."""
        query = self.access.limit(select(*columns))
        return query.where(Concern.committee == self.committee) if self.committee else query

    def counted(self, *columns: Any) -> Select[Any]:
        """As `seen`, without repetitions, replies and concerns that were set aside."""
        return self.seen(*columns).where(Concern.duplicate_of.is_(None), Concern.set_aside.is_(None))

    def received(self, *columns: Any) -> Select[Any]:
        """As `counted`, only for concerns received in the period."""
        return self.counted(*columns).where(Concern.received_at >= self.since, Concern.received_at < self.until)


@dataclass(frozen=True, slots=True)
class WeekCount:
    """The number of concerns of one category in one week; the first week is 0."""

    week: int
    category: str | None
    count: int


def by_week(transaction: Transaction, scope: Scope, ends: Sequence[datetime]) -> list[WeekCount]:
    """Concerns of the period by week and category; `ends` are the moments at which the weeks end."""
    week = case(*((Concern.received_at < end, number) for number, end in enumerate(ends)), else_=len(ends) - 1)
    rows = scope.received(week.label("week"), Concern.category.label("category")).subquery()
    counts = select(rows.c.week, rows.c.category, func.count()).group_by(rows.c.week, rows.c.category)
    return [WeekCount(*row) for row in transaction.execute(counts)]


def by_commune(transaction: Transaction, scope: Scope) -> dict[str | None, int]:
    """The number of concerns of the period by commune; None is an unknown commune."""
    query = scope.received(Concern.commune, func.count()).group_by(Concern.commune)
    return {commune: count for commune, count in transaction.execute(query)}  # noqa: C416 - rows are no pairs to mypy


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of the concerns of a period. `answered` are closed with an answer, `open` are not closed."""

    received: int
    answered: int
    open: int
    satisfied: int
    dissatisfied: int
    emergencies: int
    seen_in_time: int
    seen_late: int


def totals(transaction: Transaction, scope: Scope) -> Totals:
    """The counts of the period. Seen in time means within `storage.concerns.taking_up.IN_TIME`."""
    is_emergency = Concern.urgency_rank == 0
    columns: list[Any] = [
        func.count(),
        func.count().filter(Concern.state == ConcernState.CLOSED, Concern.answer_sealed.is_not(None)),
        func.count().filter(Concern.state != ConcernState.CLOSED),
        func.count().filter(Concern.satisfied.is_(True)),
        func.count().filter(Concern.satisfied.is_(False)),
    ]
    received, answered, still_open, satisfied, dissatisfied = transaction.execute(scope.received(*columns)).one()
    emergencies = transaction.execute(scope.received(Concern.received_at, Concern.taken_up_at).where(is_emergency))
    waits = [taken_up - came if taken_up else None for came, taken_up in emergencies]
    in_time = sum(1 for wait in waits if wait is not None and wait <= IN_TIME)
    late = sum(1 for wait in waits if wait is not None and wait > IN_TIME)
    return Totals(received, answered, still_open, satisfied, dissatisfied, len(waits), in_time, late)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took: median and 90th percentile of `count` concerns; None if there are no concerns."""

    count: int
    median: timedelta | None
    ninetieth: timedelta | None


def delay_of(waits: Sequence[timedelta]) -> Delay:
    """The percentiles by the nearest-rank method: each is one of the observed delays."""
    ordered = sorted(waits)
    if not ordered:
        return Delay(0, None, None)
    return Delay(len(ordered), *(ordered[math.ceil(len(ordered) * share) - 1] for share in (0.5, 0.9)))


@dataclass(frozen=True, slots=True)
class WeekDelays:
    """Delays from arrival to the first look and to the answer; `emergency` is the first look at emergencies."""

    first_look: Delay
    emergency: Delay
    answer: Delay


@dataclass(frozen=True, slots=True)
class Delays(WeekDelays):
    """The delays of a period, and of each of its weeks."""

    weeks: tuple[WeekDelays, ...]
    is_whole: bool
    """False if there are `MOST_DELAYS` concerns or more: then only the newest are counted."""


def delays(transaction: Transaction, scope: Scope, ends: Sequence[datetime] = ()) -> Delays:
    """The delays of the concerns of the period that were seen or answered (closed with an answer).

    A concern belongs to the week in which it came; `ends` are the moments at which the weeks end.
    """
    closed_at = (
        select(func.max(ConcernEvent.at))
        .where(ConcernEvent.concern_id == Concern.id, ConcernEvent.what == ConcernState.CLOSED.value)
        .correlate(Concern)
        .scalar_subquery()
    )
    is_answered = and_(Concern.state == ConcernState.CLOSED, Concern.answer_sealed.is_not(None))
    columns = (Concern.received_at, Concern.taken_up_at, Concern.urgency_rank, case((is_answered, closed_at)))
    query = scope.received(*columns).order_by(Concern.received_at.desc()).limit(MOST_DELAYS)
    waits = [_Waits(*row) for row in transaction.execute(query)]
    weeks: list[list[_Waits]] = [[] for _ in ends]
    for wait in waits if ends else ():
        weeks[min(bisect_right(ends, wait.received), len(ends) - 1)].append(wait)
    whole = _delays_of(waits)
    return Delays(
        whole.first_look, whole.emergency, whole.answer, tuple(map(_delays_of, weeks)), len(waits) < MOST_DELAYS
    )


@dataclass(frozen=True, slots=True)
class _Waits:
    """When a concern came, was first looked at and was answered."""

    received: datetime
    taken_up: datetime | None
    urgency_rank: int
    answered: datetime | None


def _delays_of(waits: Sequence[_Waits]) -> WeekDelays:
    looks = [(wait.urgency_rank, wait.taken_up - wait.received) for wait in waits if wait.taken_up]
    return WeekDelays(
        delay_of([wait for _, wait in looks]),
        delay_of([wait for rank, wait in looks if rank == 0]),
        delay_of([wait.answered - wait.received for wait in waits if wait.answered]),
    )


@dataclass(frozen=True, slots=True)
class AgeCount:
    """The number of open concerns in one range of ages, and how many of them are emergencies."""

    open: int
    emergencies: int


def backlog(transaction: Transaction, scope: Scope, now: datetime, ages: Sequence[timedelta]) -> list[AgeCount]:
    """Counts the open concerns in ranges of age: below the first of `ages`, between each two, and above the last."""
    edges = [now - age for age in ages]
    columns: list[Any] = []
    for newest, oldest in zip([None, *edges], [*edges, None], strict=True):
        within = [
            *([] if newest is None else [Concern.received_at <= newest]),
            *([] if oldest is None else [Concern.received_at > oldest]),
        ]
        columns += [func.count().filter(*within), func.count().filter(*within, Concern.urgency_rank == 0)]
    counts = transaction.execute(scope.counted(*columns).where(Concern.state != ConcernState.CLOSED)).one()
    return [AgeCount(*counts[at : at + 2]) for at in range(0, len(counts), 2)]


@dataclass(frozen=True, slots=True)
class SmsCount:
    """The number of SMS in one state; `price` is their cost in the smallest unit of `currency`, 0 if they were free."""

    state: MessageState
    currency: str
    count: int
    price: int


def sms_by_state(transaction: Transaction, scope: Scope) -> list[SmsCount]:
    """SMS created in the period: about concerns that may be seen, or about no concern and paid by these committees."""
    query = select(Message.state, Message.currency, func.count(), func.sum(Message.price)).where(
        Message.created_at >= scope.since, Message.created_at < scope.until
    )
    about_none: ColumnElement[bool] = Message.concern_id.is_(None)
    if scope.committees is not None:
        about_none = and_(about_none, Message.committee.in_(scope.committees))
    if scope != Scope(Access(), scope.since, scope.until):
        query = query.where(or_(about_none, Message.concern_id.in_(scope.seen(Concern.id))))
    rows = transaction.execute(query.group_by(Message.state, Message.currency))
    return [
        SmsCount(state, currency, count, 0 if state in COSTS_NOTHING else int(price))
        for state, currency, count, price in rows
    ]


@dataclass(frozen=True, slots=True)
class MeetingCount:
    """The number of meetings in one state, and of how many committees."""

    level: str
    state: MeetingState
    meetings: int
    committees: int


def meetings_by_level(transaction: Transaction, scope: Scope, now: datetime) -> list[MeetingCount]:
    """The meetings of the period that should have begun by now, by level and state."""
    query = (
        select(Committee.level, Meeting.state, func.count(), func.count(Meeting.committee.distinct()))
        .join(Committee, Committee.code == Meeting.committee)
        .where(Meeting.starts_at >= scope.since, Meeting.starts_at < min(scope.until, now))
    )
    if scope.committees is not None:
        query = query.where(Meeting.committee.in_(scope.committees))
    return [MeetingCount(*row) for row in transaction.execute(query.group_by(Committee.level, Meeting.state))]


def installed_committees(transaction: Transaction) -> Sequence[Committee]:
    """The committees that are installed, by their names."""
    return transaction.scalars(select(Committee).where(Committee.installed).order_by(Committee.name)).all()
