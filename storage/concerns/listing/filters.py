"""What the list of concerns shows: the filter, its queries in the order of the list, and how many concerns pass it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select, text
from sqlalchemy.orm import Session as Transaction

from flows.triage.urgency import Urgency
from storage.concerns.access import Access
from storage.enumerations import ConcernState
from storage.tables.concerns import IS_CLOSED, IS_OPEN, Concern

MOST_COUNTED = 10_000
"""Concerns that the list counts and shows in pages; how many more there are is not counted."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of the queue; None is any value. `is_open` leaves out closed concerns."""

    commune: str | None = None
    category: str | None = None
    urgency: str | None = None
    state: ConcernState | None = None
    is_open: bool = False
    channel: str | None = None
    language: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    only_review: bool = False
    only_asked: bool = False
    page: int = field(default=1)


def narrowed_query(access: Access, narrowed: Filter) -> Select[Any]:
    """The query for the concerns that may be seen and pass the filter, without order, repetitions and replies."""
    query: Select[Any] = access.limit(select(Concern).where(Concern.duplicate_of.is_(None)))
    equal = {
        Concern.commune: narrowed.commune,
        Concern.category: narrowed.category,
        Concern.urgency: narrowed.urgency,
        Concern.urgency_rank: Urgency(narrowed.urgency).rank if narrowed.urgency else None,
        Concern.state: narrowed.state,
        Concern.channel: narrowed.channel,
        Concern.language: narrowed.language,
        Concern.kind: narrowed.kind,
    }
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if narrowed.is_open:
        query = query.where(Concern.state != ConcernState.CLOSED)
    if narrowed.since:
        query = query.where(Concern.received_at >= narrowed.since)
    if narrowed.until:
        query = query.where(Concern.received_at < narrowed.until)
    if narrowed.only_review:
        query = query.where(Concern.needs_review)
    if narrowed.only_asked:
        query = query.where(Concern.asked_at.is_not(None))
    return query


ORDER = (Concern.urgency_rank, Concern.received_at.desc(), Concern.id.desc())
"""The order of the open concerns, and of the closed ones behind them: the most urgent first, then the newest."""


def parts(access: Access, narrowed: Filter) -> list[Select[Any]]:
    """The query for the open concerns and the one for the closed concerns, or the one for the state that is asked for.

    They are separate because each has indexes in the order of the list. The state is written into the query: with a
    parameter PostgreSQL does not know which of these indexes serve it.
    """
    if narrowed.state:
        conditions = (
            [] if narrowed.is_open and narrowed.state is ConcernState.CLOSED else [f"state = '{narrowed.state}'"]
        )
    else:
        conditions = [IS_OPEN] if narrowed.is_open else [IS_OPEN, IS_CLOSED]
    query = narrowed_query(access, replace(narrowed, state=None, is_open=False))
    return [query.where(text(f"concerns.{condition}")) for condition in conditions]


class Count(int):
    """How many concerns pass a filter: `MOST_COUNTED` at most; `is_more` says that there are more.

    It is a number, so that a text about it has the right plural, and is written as `812` or `10000+`.
    """

    is_more: bool

    def __new__(cls, number: int, is_more: bool = False) -> Count:
        """The count of `number` concerns or, with `is_more`, of more than so many."""
        made = super().__new__(cls, number)
        made.is_more = is_more
        return made

    def __str__(self) -> str:
        return f"{int(self)}{'+' if self.is_more else ''}"


def count_up_to(transaction: Transaction, query: Select[Any], most: int) -> int:
    """The number of concerns of a query, `most` at most. No more are read, and from the index that orders the list."""
    counted = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(*ORDER).limit(most)
    return transaction.scalar(select(func.count()).select_from(counted.subquery())) or 0


def count(transaction: Transaction, access: Access, narrowed: Filter) -> Count:
    """How many concerns may be seen and pass the filter."""
    number = 0
    for part in parts(access, narrowed):
        number += count_up_to(transaction, part, MOST_COUNTED + 1 - number)
    return Count(min(number, MOST_COUNTED), number > MOST_COUNTED)
