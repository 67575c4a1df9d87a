"""One page of the list of concerns, and the concerns beside one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, literal, or_, select, text, union_all
from sqlalchemy.orm import Session as Transaction

from storage.concerns.access import Access
from storage.concerns.listing.filters import MOST_COUNTED, ORDER, Count, Filter, count_up_to, narrowed_query, parts
from storage.tables.committees import Committee
from storage.tables.concerns import IS_OPEN, Concern

PAGE = 40
"""Concerns on one page."""


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
    for part in parts(access, narrowed):
        number = count_up_to(transaction, part, MOST_COUNTED + 1 - total)
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
