"""Counts the concerns and SMS of a day into the rows that are kept as its sums."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session as Transaction

from storage.concerns.taking_up import IN_TIME
from storage.enumerations import ConcernState
from storage.figures.concerns import SUMMED
from storage.figures.delays import answered_at, waits_of
from storage.figures.layout import Layout
from storage.figures.scope import UNKNOWN
from storage.figures.summed_days import Span
from storage.figures.waits import bucket
from storage.tables.base import Base
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.sums import CommuneSum, ConcernSum, SmsSum

ABOUT_NOTHING = "-"
"""The category of SMS about no concern."""
AT_ONCE = 5000
"""Rows that are fetched together."""
Row = dict[str, Any]


@dataclass(slots=True)
class _Cell:
    """The concerns of one area and category on one day."""

    counts: Counter[str] = field(default_factory=Counter)
    waits: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, counts: Sequence[str], waits: Sequence[tuple[str, str]]) -> None:
        """Adds a concern: the names of what it counts for, and its waits by kind and bucket."""
        for name in counts:
            self.counts[name] += 1
        for kind, number in waits:
            self.waits.setdefault(kind, Counter())[number] += 1


@dataclass(slots=True)
class DaySums:
    """The sums of one day."""

    cells: defaultdict[tuple[str, str], _Cell] = field(default_factory=lambda: defaultdict(_Cell))
    communes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sms: defaultdict[tuple[Any, ...], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def rows(self, begins_at: datetime) -> Mapping[type[Base], list[Row]]:
        """The rows of each table."""
        return {
            ConcernSum: [
                {"area": area, "begins_at": begins_at, "category": category, "waits": cell.waits}
                | {name: cell.counts[name] for name in (*SUMMED, "open_emergencies")}
                for (area, category), cell in self.cells.items()
            ],
            CommuneSum: [
                {"begins_at": begins_at, "category": category, "communes": communes}
                for category, communes in self.communes.items()
            ],
            SmsSum: [
                {"area": area, "begins_at": begins_at, "category": category, "state": state, "currency": currency}
                | {"count": sums["count"], "price": sums["price"]}
                for (area, category, state, currency), sums in self.sms.items()
            ],
        }


def count_day(transaction: Transaction, layout: Layout, day: Span) -> DaySums:
    """Counts one day."""
    sums = DaySums()
    _count_concerns(transaction, layout, day, sums)
    _count_sms(transaction, layout, day, sums)
    return sums


def _count_concerns(transaction: Transaction, layout: Layout, day: Span, sums: DaySums) -> None:
    query = select(
        Concern.commune, Concern.category, Concern.state, Concern.answer_sealed.is_not(None), Concern.satisfied,
        Concern.received_at, Concern.taken_up_at, Concern.urgency_rank, answered_at(),
    ).where(_within(Concern.received_at, day), Concern.duplicate_of.is_(None), Concern.set_aside.is_(None))  # fmt: skip
    for row in transaction.execute(query.execution_options(yield_per=AT_ONCE)):
        commune, category, state, has_answer, satisfied, came, seen, rank, answered = row
        counts = _counts(state, has_answer, satisfied, came, seen, rank)
        waits = [(kind.value, str(bucket(wait))) for kind, wait in waits_of(came, seen, rank, answered)]
        for area in layout.areas(commune):
            sums.cells[area, category or UNKNOWN].add(counts, waits)
        sums.communes[category or UNKNOWN][commune or UNKNOWN] += 1


def _counts(
    state: ConcernState, has_answer: bool, satisfied: bool | None, came: datetime, seen: datetime | None, rank: int
) -> list[str]:
    """The names of the counts that a concern belongs to."""
    is_open, is_urgent = state is not ConcernState.CLOSED, rank == 0
    which = {
        "received": True,
        "open": is_open,
        "answered": has_answer and not is_open,
        "satisfied": satisfied is True,
        "dissatisfied": satisfied is False,
        "emergencies": is_urgent,
        "open_emergencies": is_urgent and is_open,
        "seen_in_time": is_urgent and seen is not None and seen - came <= IN_TIME,
        "seen_late": is_urgent and seen is not None and seen - came > IN_TIME,
    }
    return [name for name, is_so in which.items() if is_so]


def _count_sms(transaction: Transaction, layout: Layout, day: Span, sums: DaySums) -> None:
    query = (
        select(
            Message.state, Message.currency, Message.price, Message.committee, Message.concern_id, Concern.commune,
            Concern.category,
        )
        .outerjoin(Concern, Concern.id == Message.concern_id)
        .where(_within(Message.created_at, day))
    )  # fmt: skip
    for row in transaction.execute(query.execution_options(yield_per=AT_ONCE)):
        state, currency, price, committee, concern, commune, category = row
        if concern is None:
            areas, category = layout.areas_of_committee(committee), ABOUT_NOTHING
        else:
            areas = layout.areas(commune)
        for area in areas:
            sums.sms[area, category or UNKNOWN, state, currency].update(count=1, price=price)


def _within(moment: Any, day: Span) -> ColumnElement[bool]:
    return and_(moment >= day[0], moment < day[1])
