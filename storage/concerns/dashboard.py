"""Figures for managers: concerns reported, seen and answered in a period, the backlog, SMS and meetings.

Repetitions and replies are not counted as concerns. Messages set aside as spam or test are not counted at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, text
from sqlalchemy.orm import Session as Transaction

from storage.concerns.concerns import Access
from storage.concerns.taking_up import IN_TIME
from storage.enumerations import ConcernState, MeetingState, MessageState
from storage.tables.committees import Committee, Meeting
from storage.tables.concerns import IS_EMERGENCY, IS_OPEN, Concern
from storage.tables.messages import Message

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
    """The concerns of one category in one week; the first week is 0. The other counts are parts of `received`."""

    week: int
    category: str | None
    received: int
    answered: int
    open: int
    satisfied: int
    dissatisfied: int


def by_week(transaction: Transaction, scope: Scope, ends: Sequence[datetime]) -> list[WeekCount]:
    """Concerns of the period by week and category; `ends` are the moments at which the weeks end."""
    columns = (Concern.category, Concern.state, Concern.satisfied, Concern.answer_sealed.is_not(None).label("answered"))
    rows = scope.received(_week(ends, 0, len(ends)).label("week"), *columns).subquery()
    is_closed = rows.c.state == ConcernState.CLOSED
    parts = (is_closed & rows.c.answered, ~is_closed, rows.c.satisfied.is_(True), rows.c.satisfied.is_(False))
    counts = select(rows.c.week, rows.c.category, func.count(), *(func.count().filter(part) for part in parts))
    return [WeekCount(*row) for row in transaction.execute(counts.group_by(rows.c.week, rows.c.category))]


def _week(ends: Sequence[datetime], first: int, behind: int) -> ColumnElement[int]:
    """The number of a concern's week, of those from `first` until before `behind`.

    It halves them each time, because a comparison with each end takes longer than everything else of a year's count.
    """
    if behind - first <= 1:
        return literal(first)
    middle = (first + behind) // 2
    return case((Concern.received_at < ends[middle - 1], _week(ends, first, middle)), else_=_week(ends, middle, behind))


def by_commune(transaction: Transaction, scope: Scope) -> dict[str | None, int]:
    """The number of concerns of the period by commune; None is an unknown commune."""
    query = scope.received(Concern.commune, func.count()).group_by(Concern.commune)
    return {commune: count for commune, count in transaction.execute(query)}  # noqa: C416 - rows are no pairs to mypy


SUMMED = ("received", "answered", "open", "satisfied", "dissatisfied")
"""The counts of a week that are summed up in `Totals`."""


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


def totals(transaction: Transaction, scope: Scope, weeks: Sequence[WeekCount]) -> Totals:
    """The counts of the period: the sums of its weeks, and its emergencies.

    Seen in time means within `storage.concerns.taking_up.IN_TIME`.
    """
    emergencies = transaction.execute(
        scope.received(Concern.received_at, Concern.taken_up_at).where(text(f"concerns.{IS_EMERGENCY}"))
    )
    waits = [taken_up - came if taken_up else None for came, taken_up in emergencies]
    in_time = sum(1 for wait in waits if wait is not None and wait <= IN_TIME)
    late = sum(1 for wait in waits if wait is not None and wait > IN_TIME)
    sums = {name: sum(getattr(week, name) for week in weeks) for name in SUMMED}
    return Totals(emergencies=len(waits), seen_in_time=in_time, seen_late=late, **sums)


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
    counts = transaction.execute(scope.counted(*columns).where(text(f"concerns.{IS_OPEN}"))).one()
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
