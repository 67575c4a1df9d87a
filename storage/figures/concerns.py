"""Concerns that came in a period, were seen and answered, and those that are open.

Repetitions and replies are not counted as concerns. Messages set aside as spam or test are not counted at all. Closed
days are read from their sums; everything else is counted live.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, text, union_all
from sqlalchemy.orm import Session as Transaction

from storage.concerns.taking_up import IN_TIME
from storage.enumerations import ConcernState
from storage.figures.scope import UNKNOWN, Scope
from storage.figures.summed_days import ALWAYS, Shares, SummedDays
from storage.tables.concerns import IS_EMERGENCY, IS_OPEN, Concern
from storage.tables.sums import CommuneSum, ConcernSum


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of the concerns of a period. `answered` are closed with an answer, `open` are not closed.

    All but `received` are parts of it.
    """

    received: int
    answered: int
    open: int
    satisfied: int
    dissatisfied: int
    emergencies: int
    seen_in_time: int
    seen_late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCount(Totals):
    """The concerns of one category in one week; the first week is 0.

    `is_live` says that they were counted live. Then their emergencies are not in `emergencies`.
    """

    is_live: bool
    week: int
    category: str | None


SUMMED = tuple(count.name for count in fields(Totals))
"""The counts of a week that are summed up."""
NOT_LIVE = 3
"""How many of them, the last ones, are not counted live."""


def by_week(transaction: Transaction, scope: Scope, shares: Shares, ends: Sequence[datetime]) -> list[WeekCount]:
    """Concerns of the period by week and category; `ends` are the moments at which the weeks end."""
    parts: list[Any] = []
    if shares.live:
        columns = (
            Concern.category, Concern.state, Concern.satisfied, Concern.answer_sealed.is_not(None).label("answered")
        )  # fmt: skip
        week = _segment(Concern.received_at, ends).label("week")
        rows = scope.received(week, *columns).where(shares.in_live(Concern.received_at)).subquery()
        is_closed = rows.c.state == ConcernState.CLOSED
        which = (is_closed & rows.c.answered, ~is_closed, rows.c.satisfied.is_(True), rows.c.satisfied.is_(False))
        counts = (func.count(), *(func.count().filter(part) for part in which), *(literal(0),) * NOT_LIVE)
        parts.append(select(literal(1), rows.c.week, rows.c.category, *counts).group_by(rows.c.week, rows.c.category))
    if shares.days:
        week = _segment(ConcernSum.begins_at, ends).label("week")
        sums = (func.sum(getattr(ConcernSum, name)) for name in SUMMED)
        parts.append(
            select(literal(0), week, ConcernSum.category, *sums)
            .where(*_sums_of(scope, shares))
            .group_by(week, ConcernSum.category)
        )
    return [
        WeekCount(*counts, is_live=bool(is_live), week=week, category=category)
        for is_live, week, category, *counts in transaction.execute(union_all(*parts))
    ]


def _sums_of(scope: Scope, shares: Shares) -> tuple[ColumnElement[bool], ...]:
    return ConcernSum.area == scope.summed, shares.in_days(ConcernSum.begins_at), scope.may_see(ConcernSum.category)


def _segment(moment: Any, ends: Sequence[datetime], first: int = 0, behind: int | None = None) -> ColumnElement[int]:
    """The number of the segment in which a moment lies: 0 before the first end; the last has no end.

    It halves the segments each time, because a comparison with each end takes longer than everything else of a count.
    """
    behind = len(ends) if behind is None else behind
    if behind - first <= 1:
        return literal(first)
    middle = (first + behind) // 2
    return case(
        (moment < ends[middle - 1], _segment(moment, ends, first, middle)), else_=_segment(moment, ends, middle, behind)
    )


def by_commune(transaction: Transaction, scope: Scope, shares: Shares) -> dict[str | None, int]:
    """The number of concerns of the period by commune; None is an unknown commune."""
    counts: Counter[str | None] = Counter()
    if shares.live:
        query = scope.received(Concern.commune, func.count()).where(shares.in_live(Concern.received_at))
        for commune, count in transaction.execute(query.group_by(Concern.commune)):
            counts[commune] += count
    if shares.days:
        may_see = scope.may_see(CommuneSum.category)
        sums: Counter[str] = Counter()
        for by_code in transaction.scalars(
            select(CommuneSum.communes).where(shares.in_days(CommuneSum.begins_at), may_see)
        ):
            sums.update(by_code)
        seen = None if scope.access.communes is None else set(scope.access.communes)
        for code, count in sums.items():
            if seen is None or code in seen:
                counts[None if code == UNKNOWN else code] += count
    return dict(counts)


def totals(transaction: Transaction, scope: Scope, shares: Shares, weeks: Sequence[WeekCount]) -> Totals:
    """The counts of the period: the sums of its weeks, and the emergencies that are counted live.

    Seen in time means within `storage.concerns.taking_up.IN_TIME`.
    """
    sums = Counter({name: sum(getattr(week, name) for week in weeks) for name in SUMMED})
    if shares.live:
        emergencies = transaction.execute(
            scope.received(Concern.received_at, Concern.taken_up_at).where(
                text(f"concerns.{IS_EMERGENCY}"), shares.in_live(Concern.received_at)
            )
        )
        for came, taken_up in emergencies:
            sums["emergencies"] += 1
            if taken_up:
                sums["seen_in_time" if taken_up - came <= IN_TIME else "seen_late"] += 1
    return Totals(**{name: sums[name] for name in SUMMED})


@dataclass(frozen=True, slots=True)
class AgeCount:
    """The number of open concerns in one range of ages, and how many of them are emergencies."""

    open: int
    emergencies: int


def backlog(
    transaction: Transaction, scope: Scope, days: SummedDays, now: datetime, ages: Sequence[timedelta]
) -> list[AgeCount]:
    """Counts the open concerns in ranges of age: below the first of `ages`, between each two, and above the last."""
    # The oldest first. A concern that is exactly as old as an age belongs to the older range.
    edges = [now - age + timedelta(microseconds=1) for age in reversed(ages)]
    ends, shares = [*edges, ALWAYS[1]], days.shares(*ALWAYS, edges)
    parts: list[Any] = []
    if shares.live:
        age = _segment(Concern.received_at, ends).label("age")
        rows = scope.counted(age, Concern.urgency_rank).where(
            text(f"concerns.{IS_OPEN}"), shares.in_live(Concern.received_at)
        ).subquery()  # fmt: skip
        parts.append(
            select(rows.c.age, func.count(), func.count().filter(rows.c.urgency_rank == 0)).group_by(rows.c.age)
        )
    if shares.days:
        age = _segment(ConcernSum.begins_at, ends).label("age")
        open_ones = (func.sum(ConcernSum.open), func.sum(ConcernSum.open_emergencies))
        parts.append(select(age, *open_ones).where(*_sums_of(scope, shares)).group_by(age))
    counts = [[0, 0] for _ in ends]
    for number, open_count, emergencies in transaction.execute(union_all(*parts)):
        counts[number][0] += open_count
        counts[number][1] += emergencies
    return [AgeCount(*count) for count in reversed(counts)]
