"""Which days of a period are read from their sums, and which spans of it are counted live."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session as Transaction

from storage.figures.layout import Layout
from storage.tables.sums import DayChange, SummedDay

MOST_SPANS = 40
"""If the days with sums leave more spans between them, the whole period is counted live."""
ALWAYS = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
"""A period that contains every concern, also one that came while the clock was wrong."""
Span = tuple[datetime, datetime]
"""From a moment until before another."""


@dataclass(frozen=True, slots=True)
class Shares:
    """A period, divided into days that are read from sums (`days`) and spans that are counted live.

    `skipped` are the beginnings of days among `days` whose sums must not be read.
    """

    days: tuple[Span, ...]
    skipped: tuple[datetime, ...]
    live: tuple[Span, ...]

    def in_days(self, begins_at: Any) -> ColumnElement[bool]:
        """The condition that a sum is of one of the days."""
        within = and_(begins_at >= self.days[0][0], begins_at <= self.days[-1][0])
        return and_(within, begins_at.not_in(self.skipped)) if self.skipped else within

    def in_live(self, moment: Any) -> ColumnElement[bool]:
        """The condition that a row belongs to a span that is counted live."""
        return or_(*(and_(moment >= since, moment < until) for since, until in self.live))


@dataclass(frozen=True, slots=True)
class SummedDays:
    """All days with sums in the order of time, and the beginnings of those whose sums still hold."""

    days: tuple[Span, ...] = ()
    holding: frozenset[datetime] = frozenset()

    def shares(self, since: datetime, until: datetime, edges: Sequence[datetime] = ()) -> Shares:
        """Divides a period. A day that contains one of `edges` inside it is counted live; they are in order."""
        days = tuple(
            (begins_at, ends_at)
            for begins_at, ends_at in self.days
            if begins_at in self.holding
            and since <= begins_at
            and ends_at <= until
            and bisect_right(edges, begins_at) == bisect_left(edges, ends_at)
        )
        live = _between(days, since, until)
        if not days or len(live) > MOST_SPANS:
            return Shares((), (), ((since, until),))
        taken = {begins_at for begins_at, _ in days}
        skipped = tuple(at for at, _ in self.days if days[0][0] < at < days[-1][0] and at not in taken)
        return Shares(days, skipped, live)


def _between(days: Sequence[Span], since: datetime, until: datetime) -> tuple[Span, ...]:
    """The spans of a period that the days leave over."""
    begins = [since, *(ends_at for _, ends_at in days)]
    ends = [*(begins_at for begins_at, _ in days), until]
    return tuple((begin, end) for begin, end in zip(begins, ends, strict=True) if begin < end)


def summed_days(transaction: Transaction, layout: Layout) -> SummedDays:
    """All days with sums. The sums of a day hold if nothing in it has changed since, and the layout is the same."""
    has_changed = exists().where(DayChange.at >= SummedDay.begins_at, DayChange.at < SummedDay.ends_at)
    holds = and_(SummedDay.layout == layout.fingerprint, ~has_changed)
    query = select(SummedDay.begins_at, SummedDay.ends_at, holds).order_by(SummedDay.begins_at)
    rows = [(begins_at, ends_at, does) for begins_at, ends_at, does in transaction.execute(query)]
    return SummedDays(tuple(row[:2] for row in rows), frozenset(row[0] for row in rows if row[2]))
