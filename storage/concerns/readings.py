"""Concerns that triage has read: loaded and stored many at once, because this is most of the worker's work."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.tables.concerns import Concern

COLUMNS = (
    "language", "spoken", "kind", "confidence", "why_sealed", "category", "commune", "place", "subjects", "urgency",
    "urgency_rank", "reasons", "needs_review", "triaged_at", "model", "committee", "item_id", "state", "set_aside",
    "duplicate_of", "is_reply",
)  # fmt: skip
"""The columns that triage sets."""
_CONCERNS = Concern.__table__
_LOCKED = (
    select(Concern)
    .where(Concern.id.in_(bindparam("ids", expanding=True)))
    .order_by(Concern.id)
    .with_for_update(key_share=True)
)
_STORE = (
    update(Concern.__table__)  # type: ignore[arg-type]
    .where(_CONCERNS.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in COLUMNS} | {"version": _CONCERNS.c.version + 1})
)


def locked_concerns(transaction: Transaction, ids: Sequence[int]) -> list[Concern]:
    """Locks these concerns until the transaction ends and returns them by id.

    They are detached from the transaction: only `store_readings` writes what changes in them.
    """
    concerns = list(transaction.scalars(_LOCKED, {"ids": list(ids)}))
    for concern in concerns:
        transaction.expunge(concern)
    return concerns


def store_readings(transaction: Transaction, concerns: Sequence[Concern]) -> None:
    """Writes what triage has set in these concerns, which the transaction has locked, with one statement."""
    if concerns:
        rows = [{"of": concern.id} | {name: getattr(concern, name) for name in COLUMNS} for concern in concerns]
        connection_of(transaction).execute(_STORE, rows)
