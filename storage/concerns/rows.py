"""Rows of concerns that are written with few statements: those of a new concern, and many that triage has read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.enumerations import Priority, Work
from storage.insert_once import inserting
from storage.messages.outbox import add_work
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import OutboxRow
from storage.tables.registry_version import RegistryVersion

_CONCERNS, _EVENTS, _WORK = Concern.__table__, ConcernEvent.__table__, OutboxRow.__table__
_EVENT = insert(ConcernEvent.__table__)  # type: ignore[arg-type]
_VERSION = select(RegistryVersion.__table__.c.version).scalar_subquery()
_DEFAULTS: dict[str, Any] = {"subjects": "", "is_reply": False, "version": 1}
RECEIVED = {"actor": "citizen", "what": "received"}
READ_COLUMNS = (
    "language", "spoken", "kind", "confidence", "why_sealed", "category", "commune", "place", "subjects", "urgency",
    "urgency_rank", "reasons", "needs_review", "triaged_at", "model", "committee", "item_id", "state", "set_aside",
    "duplicate_of", "is_reply",
)  # fmt: skip
"""The columns that triage sets."""
_LOCKED = (
    select(Concern)
    .where(Concern.id.in_(bindparam("ids", expanding=True)))
    .order_by(Concern.id)
    .with_for_update(key_share=True)
)
_STORE = (
    update(Concern.__table__)  # type: ignore[arg-type]
    .where(_CONCERNS.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in READ_COLUMNS} | {"version": _CONCERNS.c.version + 1})
)


def insert_first_rows(transaction: Transaction, row: dict[str, Any], priority: Priority) -> tuple[int, int] | None:
    """Inserts the rows of a concern with these columns; on PostgreSQL with one statement, in one round trip.

    Returns the concern's id and the registry's version, or None if its source or its reference is taken.
    """
    transaction.flush()
    connection, now = connection_of(transaction), row["received_at"]
    is_sqlite = connection.dialect.name == "sqlite"
    detail = {"detail": {"channel": row["channel"]}}
    values = _DEFAULTS | row
    if not is_sqlite:
        values |= detail | {"priority": priority}
    inserted = connection.execute(
        _for_sqlite() if is_sqlite else _for_postgresql(tuple(_DEFAULTS | row)), values
    ).first()
    if inserted is None:
        return None
    id, version = inserted
    if is_sqlite:
        add_work(transaction, Work.TRIAGE, [id], now, priority=priority)
        connection.execute(_EVENT, RECEIVED | detail | {"concern_id": id, "at": now})
    return id, version


@cache
def _for_sqlite() -> Any:
    return inserting(Concern, "sqlite").returning(_CONCERNS.c.id, _VERSION)


@cache
def _for_postgresql(columns: tuple[str, ...]) -> Any:
    concern = inserting(Concern, "postgresql").values({name: bindparam(name) for name in columns})
    new = concern.returning(_CONCERNS.c.id, _CONCERNS.c.received_at).cte("new")
    work = {
        "work": literal(Work.TRIAGE, _WORK.c.work.type),
        "subject_id": new.c.id,
        "priority": bindparam("priority", type_=_WORK.c.priority.type),
        "due_at": new.c.received_at,
        "set_at": new.c.received_at,
        "tries": literal(0),
    }
    event = {
        "concern_id": new.c.id,
        "at": new.c.received_at,
        "actor": literal(RECEIVED["actor"]),
        "what": literal(RECEIVED["what"]),
        "detail": bindparam("detail", type_=_EVENTS.c.detail.type),
    }
    return select(new.c.id, _VERSION).add_cte(
        insert(OutboxRow.__table__).from_select(list(work), select(*work.values())).cte("work"),  # type: ignore[arg-type]
        insert(ConcernEvent.__table__).from_select(list(event), select(*event.values())).cte("event"),  # type: ignore[arg-type]
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
        rows = [{"of": concern.id} | {name: getattr(concern, name) for name in READ_COLUMNS} for concern in concerns]
        connection_of(transaction).execute(_STORE, rows)
