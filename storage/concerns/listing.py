"""The list of concerns in the web queue: filtered, ordered, in pages, and searched by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import load_only

from flows.triage.spelling import plain
from storage.concerns.concerns import TEXT, Access
from storage.enumerations import ConcernState
from storage.safety.vault import Vault
from storage.tables.concerns import IS_CLOSED, IS_OPEN, Concern

PAGE = 40
SEARCHED = 5000
"""A search decrypts the text of this many concerns at most, from the top of the list."""
SEARCH_BATCH = 500


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
        Concern.state: narrowed.state,
        Concern.channel: narrowed.channel,
        Concern.language: narrowed.language,
        Concern.kind: narrowed.kind,
    }
    query = query.where(*(column == value for column, value in equal.items() if value))
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


def in_order(query: Select[Any]) -> Select[Any]:
    """Orders a query: open concerns first, then the most urgent, then the newest."""
    return query.order_by(
        (Concern.state == ConcernState.CLOSED), Concern.urgency_rank, Concern.received_at.desc(), Concern.id.desc()
    )


def queue(transaction: Transaction, access: Access, narrowed: Filter) -> tuple[Sequence[Concern], int]:
    """One page of concerns in the order of the queue, and the number of all concerns that pass the filter."""
    query = narrowed_query(access, narrowed)
    first = (max(narrowed.page, 1) - 1) * PAGE
    rows: list[Concern] = []
    total = 0
    # Open and closed concerns are read separately: each part has an index in this order.
    for condition in (IS_OPEN, IS_CLOSED):
        part = query.where(text(f"concerns.{condition}"))
        count = transaction.scalar(select(func.count()).select_from(part.subquery())) or 0
        if len(rows) < PAGE and first < total + count:
            ordered = part.order_by(Concern.urgency_rank, Concern.received_at.desc(), Concern.id.desc())
            rows += transaction.scalars(ordered.limit(PAGE - len(rows)).offset(max(0, first - total))).all()
        total += count
    return rows, total


def next_open(transaction: Transaction, access: Access, narrowed: Filter, after: Concern) -> Concern | None:
    """The next open concern of the list after this one; at the end of the list, the first one."""
    query = narrowed_query(access, narrowed).where(Concern.state != ConcernState.CLOSED, Concern.id != after.id)
    behind_first = query.order_by(case((_stands_behind(after), 0), else_=1))
    return transaction.scalars(in_order(behind_first).limit(1)).first()


def _stands_behind(concern: Concern) -> ColumnElement[bool]:
    same_rank = Concern.urgency_rank == concern.urgency_rank
    same_moment = and_(Concern.received_at == concern.received_at, Concern.id < concern.id)
    return or_(
        Concern.urgency_rank > concern.urgency_rank,
        and_(same_rank, or_(Concern.received_at < concern.received_at, same_moment)),
    )


@dataclass(frozen=True, slots=True)
class Searched:
    """The ids of concerns with all the words, in the list's order; `is_whole` is false if some were not searched."""

    ids: list[int]
    is_whole: bool


def search(transaction: Transaction, vault: Vault, query: Select[Any], typed: str) -> Searched:
    """Searches the texts, places and references of a list for words, ignoring accents and case.

    There is no index of the plain texts: the sealed texts are decrypted here in batches, `SEARCHED` at most.
    """
    words = plain(typed).split()
    columns = in_order(query).with_only_columns(
        Concern.id, Concern.text_sealed, Concern.place, Concern.reference, maintain_column_froms=True
    )
    found: list[int] = []
    for start in range(0, SEARCHED, SEARCH_BATCH):
        rows = transaction.execute(columns.limit(SEARCH_BATCH).offset(start)).all()
        for id, sealed, place, reference in rows:
            looked_at = plain(f"{vault.readable(TEXT, sealed)} {place or ''} {reference}")
            if all(word in looked_at for word in words):
                found.append(id)
        if len(rows) < SEARCH_BATCH:
            return Searched(found, True)
    return Searched(found, transaction.execute(columns.limit(1).offset(SEARCHED)).first() is None)


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
    """The communes of all concerns that may be seen."""
    return set(
        transaction.scalars(access.limit(select(Concern.commune).where(Concern.commune.is_not(None)).distinct()))
    )


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
