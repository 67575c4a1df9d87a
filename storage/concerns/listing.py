"""The list of concerns in the web queue: filtered, ordered, in pages, and searched by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, text, union_all
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import load_only

from flows.triage.spelling import plain
from flows.triage.urgency import Urgency
from storage.concerns.concerns import TEXT, Access
from storage.enumerations import ConcernState
from storage.safety.vault import Vault
from storage.tables.committees import Committee
from storage.tables.concerns import IS_CLOSED, IS_OPEN, Concern

PAGE = 40
SEARCHED = 5000
"""A search decrypts the text of this many concerns at most, from the top of the list."""
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


def _parts(access: Access, narrowed: Filter) -> list[Select[Any]]:
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


def _count(transaction: Transaction, query: Select[Any], most: int) -> int:
    """The number of concerns of a query, `most` at most. No more are read, and from the index that orders the list."""
    counted = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(*ORDER).limit(most)
    return transaction.scalar(select(func.count()).select_from(counted.subquery())) or 0


def count(transaction: Transaction, access: Access, narrowed: Filter) -> Count:
    """How many concerns may be seen and pass the filter."""
    number = 0
    for part in _parts(access, narrowed):
        number += _count(transaction, part, MOST_COUNTED + 1 - number)
    return Count(min(number, MOST_COUNTED), number > MOST_COUNTED)


@dataclass(frozen=True, slots=True)
class Page:
    """Concerns in the order of the list, and how many pass the filter in all."""

    concerns: Sequence[Concern]
    count: Count


def queue(transaction: Transaction, access: Access, narrowed: Filter) -> Page:
    """One page of the list. Pages behind the first `MOST_COUNTED` concerns are empty: a filter leads to what is there.

    Both limits keep the time of a page independent of how many concerns there are.
    """
    first = (max(narrowed.page, 1) - 1) * PAGE
    rows: list[Concern] = []
    total = 0
    for part in _parts(access, narrowed):
        number = _count(transaction, part, MOST_COUNTED + 1 - total)
        room = min(PAGE - len(rows), MOST_COUNTED - first - len(rows))
        if room > 0 and first < total + number:
            ordered = part.order_by(*ORDER).limit(room).offset(max(0, first - total))
            rows += transaction.scalars(ordered).all()
        total += number
        if total > MOST_COUNTED:
            break
    return Page(rows, Count(min(total, MOST_COUNTED), total > MOST_COUNTED))


def next_open(transaction: Transaction, access: Access, narrowed: Filter, after: Concern) -> Concern | None:
    """The next open concern of the list after this one; at the end of the list, the first one.

    The ones behind it are looked for rank by rank, since an index serves only a range of one column.
    """
    query = narrowed_query(access, narrowed).where(text(f"concerns.{IS_OPEN}"), Concern.id != after.id)
    same_moment = and_(Concern.received_at == after.received_at, Concern.id < after.id)
    behind = (
        (
            Concern.urgency_rank == after.urgency_rank,
            Concern.received_at <= after.received_at,
            or_(Concern.received_at < after.received_at, same_moment),
        ),
        (Concern.urgency_rank > after.urgency_rank,),
        (),
    )
    firsts = [
        query.with_only_columns(Concern.id, literal(place).label("place"), maintain_column_froms=True)
        .where(*where)
        .order_by(*ORDER)
        .limit(1)
        .subquery()
        for place, where in enumerate(behind)
    ]
    found = union_all(*(select(first.c.id, first.c.place) for first in firsts)).subquery()
    following = select(Concern).join(found, found.c.id == Concern.id).order_by(found.c.place).limit(1)
    return transaction.scalars(following).first()


@dataclass(frozen=True, slots=True)
class Searched:
    """The ids of concerns with all the words, in the list's order; `is_whole` is false if some were not searched."""

    ids: list[int]
    is_whole: bool


def search(transaction: Transaction, vault: Vault, access: Access, narrowed: Filter, typed: str) -> Searched:
    """Searches the texts, places and references of a list for words, ignoring accents and case.

    There is no index of the plain texts: the sealed texts are decrypted here, `SEARCHED` at most.
    """
    words = plain(typed).split()
    found: list[int] = []
    left = SEARCHED
    for part in _parts(access, narrowed):
        columns = part.with_only_columns(
            Concern.id, Concern.text_sealed, Concern.place, Concern.reference, maintain_column_froms=True
        )
        rows = transaction.execute(columns.order_by(*ORDER).limit(left + 1)).all()
        for id, sealed, place, reference in rows[:left]:
            looked_at = plain(f"{vault.readable(TEXT, sealed)} {place or ''} {reference}")
            if all(word in looked_at for word in words):
                found.append(id)
        if len(rows) > left:
            return Searched(found, False)
        left -= len(rows)
    return Searched(found, True)


EXPORTED = (
    Concern.reference, Concern.received_at, Concern.channel, Concern.language, Concern.commune, Concern.place,
    Concern.category, Concern.kind, Concern.urgency, Concern.danger, Concern.state, Concern.set_aside,
    Concern.needs_review, Concern.asked_at, Concern.taken_up_at, Concern.committee, Concern.satisfied,
)  # fmt: skip
"""The columns of an export: no text of a citizen, no contact and no colleague's name."""
EXPORT_BATCH = 500


def listed_before(transaction: Transaction, access: Access, narrowed: Filter, before: int | None) -> Sequence[Concern]:
    """The next batch of concerns for an export, the newest first, with ids below `before`.

    Only the id and the columns of `EXPORTED` are loaded; access to another column raises an error.
    """
    query = narrowed_query(access, narrowed).options(load_only(*EXPORTED, raiseload=True))
    if before is not None:
        query = query.where(Concern.id < before)
    return transaction.scalars(query.order_by(Concern.id.desc()).limit(EXPORT_BATCH)).all()


def listed_among(transaction: Transaction, access: Access, ids: Sequence[int]) -> Sequence[Concern]:
    """The concerns with these ids for an export, in the order of `ids`, as a search returned them."""
    query = access.limit(select(Concern).where(Concern.id.in_(ids))).options(load_only(*EXPORTED, raiseload=True))
    return sorted(transaction.scalars(query).all(), key=lambda concern: ids.index(concern.id))


def rows_of(transaction: Transaction, access: Access, ids: Sequence[int], page: int) -> Sequence[Concern]:
    """One page of the concerns with these ids, in the order of `ids`, as a search returned them."""
    wanted = ids[(max(page, 1) - 1) * PAGE : max(page, 1) * PAGE]
    rows = transaction.scalars(access.limit(select(Concern).where(Concern.id.in_(wanted)))).all()
    return sorted(rows, key=lambda concern: wanted.index(concern.id))


def communes_heard(transaction: Transaction, access: Access) -> set[str]:
    """The communes of all concerns that may be seen.

    For each commune of the registry one concern is looked for: reading all concerns would take longer every year.
    """
    heard = access.limit(select(Concern.id).where(Concern.commune == Committee.area))
    return set(transaction.scalars(select(Committee.area).where(exists(heard.correlate(Committee)))))


def similar_to(transaction: Transaction, access: Access, concern: Concern, most: int = 5) -> Sequence[Concern]:
    """Up to `most` other concerns of the same category and commune, of the same place first, then the newest."""
    if concern.commune is None or concern.category is None:
        return []
    query = access.limit(select(Concern)).where(
        Concern.commune == concern.commune,
        Concern.category == concern.category,
        Concern.duplicate_of.is_(None),
        Concern.id != concern.id,
    )
    same_place = Concern.place == concern.place if concern.place else Concern.place.is_(None)
    return transaction.scalars(query.order_by(same_place.desc(), Concern.received_at.desc()).limit(most)).all()
