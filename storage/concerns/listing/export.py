"""The rows of an export of concerns: nothing that a citizen wrote, and nobody's name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import load_only

from storage.concerns.access import Access
from storage.concerns.listing.filters import Filter, narrowed_query
from storage.tables.concerns import Concern

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
