"""How long citizens wait: from the arrival of a concern to the first look and to the answer."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState
from storage.figures.scope import Scope
from storage.figures.summed_days import Shares
from storage.figures.waits import Delay, bucket, delay_of, delay_of_buckets
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.sums import ConcernSum

MOST_DELAYS = 10_000
"""Delays are read exactly of this many concerns at most. Of more they are read from the sums of days, within
`storage.figures.waits.ACCURACY`; where there are no sums, of the newest ones."""


class Wait(StrEnum):
    """The kinds of wait; EMERGENCY is the first look at an emergency."""

    FIRST_LOOK = "first_look"
    EMERGENCY = "emergency"
    ANSWER = "answer"


class Counted(StrEnum):
    """How delays were read."""

    EXACT = "exact"
    NEWEST = "newest"
    """Exactly, but of the `MOST_DELAYS` newest concerns only."""
    NEARLY = "nearly"
    """Of all concerns, within `storage.figures.waits.ACCURACY`."""


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
    counted: Counted


def delays(
    transaction: Transaction, scope: Scope, shares: Shares, ends: Sequence[datetime], received: int, live: int
) -> Delays:
    """The delays of the concerns of the period that were seen or answered (closed with an answer).

    A concern belongs to the week in which it came; `ends` are the moments at which the weeks end. `received` and `live`
    are how many concerns the period has, and how many of them are counted live.
    """
    if received <= MOST_DELAYS or not shares.days or live > MOST_DELAYS:
        return _exact(transaction, scope, ends)
    counts: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    query = select(ConcernSum.begins_at, ConcernSum.waits).where(
        ConcernSum.area == scope.summed, shares.in_days(ConcernSum.begins_at), scope.may_see(ConcernSum.category)
    )
    by_name: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for begins_at, waits in transaction.execute(query):
        week = _week(ends, begins_at)
        for kind, buckets in waits.items():
            by_name[week, kind].update(buckets)
    for key, named in by_name.items():
        counts[key].update({int(number): count for number, count in named.items()})
    columns = (Concern.received_at, Concern.taken_up_at, Concern.urgency_rank, answered_at())
    if shares.live:
        for row in transaction.execute(scope.received(*columns).where(shares.in_live(Concern.received_at))):
            for kind, wait in waits_of(*row):
                counts[_week(ends, row[0]), kind][bucket(wait)] += 1
    weeks = tuple(_of_buckets([counts[week, kind]] for kind in Wait) for week in range(len(ends)))
    whole = _of_buckets([counts[week, kind] for week in range(len(ends))] for kind in Wait)
    return Delays(whole.first_look, whole.emergency, whole.answer, weeks, Counted.NEARLY)


def _of_buckets(kinds: Iterable[Iterable[Counter[int]]]) -> WeekDelays:
    return WeekDelays(*(delay_of_buckets(sum(counts, Counter())) for counts in kinds))


def _exact(transaction: Transaction, scope: Scope, ends: Sequence[datetime]) -> Delays:
    """The exact delays of the newest concerns of the period."""
    columns = (Concern.received_at, Concern.taken_up_at, Concern.urgency_rank, answered_at())
    query = scope.received(*columns).order_by(Concern.received_at.desc()).limit(MOST_DELAYS)
    rows = [(row[0], waits_of(*row)) for row in transaction.execute(query)]
    weeks: list[list[tuple[Wait, timedelta]]] = [[] for _ in ends]
    for received_at, waits in rows if ends else ():
        weeks[_week(ends, received_at)] += waits
    whole = _of_waits([wait for _, waits in rows for wait in waits])
    counted = Counted.EXACT if len(rows) < MOST_DELAYS else Counted.NEWEST
    return Delays(whole.first_look, whole.emergency, whole.answer, tuple(map(_of_waits, weeks)), counted)


def _of_waits(waits: Sequence[tuple[Wait, timedelta]]) -> WeekDelays:
    return WeekDelays(*(delay_of([wait for of, wait in waits if of is kind]) for kind in Wait))


def _week(ends: Sequence[datetime], moment: datetime) -> int:
    return min(bisect_right(ends, moment), len(ends) - 1)


def answered_at() -> ColumnElement[datetime]:
    """When a concern was closed, if it was closed with an answer."""
    closed_at = (
        select(func.max(ConcernEvent.at))
        .where(ConcernEvent.concern_id == Concern.id, ConcernEvent.what == ConcernState.CLOSED.value)
        .correlate(Concern)
        .scalar_subquery()
    )
    return case((and_(Concern.state == ConcernState.CLOSED, Concern.answer_sealed.is_not(None)), closed_at))


def waits_of(
    received_at: datetime, taken_up_at: datetime | None, urgency_rank: int, answered_at: datetime | None
) -> list[tuple[Wait, timedelta]]:
    """The waits of one concern that have ended."""
    waits = []
    if taken_up_at:
        waits.append((Wait.FIRST_LOOK, taken_up_at - received_at))
        if urgency_rank == 0:
            waits.append((Wait.EMERGENCY, taken_up_at - received_at))
    if answered_at:
        waits.append((Wait.ANSWER, answered_at - received_at))
    return waits
