"""How long citizens wait: from the arrival of a concern to the first look and to the answer."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session as Transaction

from storage.concerns.dashboard import Scope
from storage.enumerations import ConcernState
from storage.tables.concerns import Concern, ConcernEvent

MOST_DELAYS = 10_000
"""Delays are read of this many concerns at most, the newest ones: enough for a percentile."""


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
