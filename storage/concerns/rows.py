"""Rows of concerns that are written with few statements: those of a new concern, and many that triage has read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.enumerations import Priority, Work
from storage.insert_once import inserting
from storage.prepared import Prepared, bound
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import OutboxRow
from storage.tables.people import Contact
from storage.tables.registry_version import RegistryVersion

_CONCERNS, _EVENTS, _WORK = Concern.__table__, ConcernEvent.__table__, OutboxRow.__table__
_VERSION = select(RegistryVersion.__table__.c.version).scalar_subquery()
_DEFAULTS: dict[str, Any] = {"subjects": "", "is_reply": False, "version": 1}
FIRST_COLUMNS = (
    "reference", "source", "channel", "received_at", "without_number", "text_sealed", "danger", "spoken", "category",
    "commune", "place", "urgency_rank", "needs_review", "reasons", "state", *_DEFAULTS,
)  # fmt: skip
"""The columns of a new concern, beside its contact."""
READ_COLUMNS = (
    "language", "spoken", "kind", "confidence", "why_sealed", "category", "commune", "place", "subjects", "urgency",
    "urgency_rank", "reasons", "needs_review", "triaged_at", "model", "committee", "item_id", "state", "set_aside",
    "duplicate_of", "is_reply",
)  # fmt: skip
"""The columns that triage sets."""
_LOCKED = (
    select(Concern, Contact)
    .outerjoin(Contact, and_(Contact.id == Concern.contact_id, Concern.channel == "sms"))
    .where(Concern.id.in_(bindparam("ids", expanding=True)))
    .order_by(Concern.id)
    .with_for_update(key_share=True, of=Concern)
)
_STORE = Prepared(
    lambda _: (
        update(Concern.__table__)  # type: ignore[arg-type]
        .where(_CONCERNS.c.id == bindparam("of", type_=_CONCERNS.c.id.type))
        .values(bound(_CONCERNS, *READ_COLUMNS) | {"version": _CONCERNS.c.version + 1})
    )
)


def insert_first_rows(transaction: Transaction, row: dict[str, Any], priority: Priority) -> tuple[int, int] | None:
    """Inserts the rows of a concern with these columns; on PostgreSQL with one statement, in one round trip.

    Returns the concern's id and the registry's version, or None if its source or its reference is taken.
    """
    transaction.flush()
    connection, values = connection_of(transaction), first_values(row, priority)
    inserted = _FIRST_ROWS.first(connection, values)
    if inserted is None:
        return None
    if connection.dialect.name == "sqlite":
        insert_work_and_event(connection, inserted[0], values)
    return inserted[0], inserted[1]


def first_values(row: dict[str, Any], priority: Priority) -> dict[str, Any]:
    """The values of all rows with which a concern begins."""
    return _DEFAULTS | row | {"detail": {"channel": row["channel"]}, "priority": priority}


def insert_work_and_event(connection: Connection, concern_id: int, values: Mapping[str, Any]) -> None:
    """Inserts the work of reading a concern and the first line of its history, for SQLite."""
    row = {**values, "concern_id": concern_id}
    _WORK_ROW.execute(connection, row)
    _EVENT_ROW.execute(connection, row)


def inserting_concern(dialect_name: str, contact_id: ColumnElement[Any], *sources: FromClause) -> Any:
    """The INSERT of a concern whose contact has this id, for one row of `sources`."""
    columns = bound(_CONCERNS, *FIRST_COLUMNS) | {"contact_id": contact_id}
    insertion = inserting(Concern, dialect_name)
    rows = select(*columns.values()).select_from(*sources)
    return insertion.from_select(list(columns), rows) if sources else insertion.values(columns)


def with_version(concern: Any) -> Any:
    """SQLite's statement that executes the INSERT of a concern: it returns its id and the registry's version."""
    return concern.returning(_CONCERNS.c.id, _VERSION)


def with_work_and_event(concern: Any) -> Select[Any]:
    """PostgreSQL's statement that executes the INSERT of a concern, with its work and the first line of its history.

    It selects the concern's id and the registry's version.
    """
    new = concern.returning(_CONCERNS.c.id, _CONCERNS.c.received_at).cte("new")
    return select(new.c.id, _VERSION).add_cte(
        insert(OutboxRow.__table__).from_select(*_work_of(new.c.id, new)).cte("work"),  # type: ignore[arg-type]
        insert(ConcernEvent.__table__).from_select(*_event_of(new.c.id, new)).cte("event"),  # type: ignore[arg-type]
    )


def _work_of(concern_id: ColumnElement[Any], new: CTE | None = None) -> tuple[list[str], Select[Any]]:
    received_at = new.c.received_at if new is not None else bindparam("received_at", type_=_CONCERNS.c.received_at.type)
    work = {
        "work": literal(Work.TRIAGE, _WORK.c.work.type),
        "subject_id": concern_id,
        "due_at": received_at,
        "set_at": received_at,
        "tries": literal(0),
        **bound(_WORK, "priority"),
    }
    return list(work), select(*work.values())


def _event_of(concern_id: ColumnElement[Any], new: CTE | None = None) -> tuple[list[str], Select[Any]]:
    received_at = new.c.received_at if new is not None else bindparam("received_at", type_=_CONCERNS.c.received_at.type)
    event = {
        "concern_id": concern_id,
        "at": received_at,
        "actor": literal("citizen"),
        "what": literal("received"),
        **bound(_EVENTS, "detail"),
    }
    return list(event), select(*event.values())


def _first_rows(dialect_name: str) -> Any:
    concern = inserting_concern(dialect_name, bindparam("contact_id", type_=_CONCERNS.c.contact_id.type))
    return with_version(concern) if dialect_name == "sqlite" else with_work_and_event(concern)


_CONCERN_ID = bindparam("concern_id", type_=_EVENTS.c.concern_id.type)
_FIRST_ROWS = Prepared(_first_rows)
_WORK_ROW = Prepared(lambda _: insert(OutboxRow.__table__).from_select(*_work_of(_CONCERN_ID)))  # type: ignore[arg-type]
_EVENT_ROW = Prepared(lambda _: insert(ConcernEvent.__table__).from_select(*_event_of(_CONCERN_ID)))  # type: ignore[arg-type]


def locked_concerns(transaction: Transaction, ids: Sequence[int]) -> dict[Concern, Contact | None]:
    """Locks these concerns until the transaction ends; returns them in the order of their ids, with the senders of SMS.

    The concerns are detached from the transaction: only `store_readings` writes what changes in them.
    """
    concerns: dict[Concern, Contact | None] = dict(transaction.execute(_LOCKED, {"ids": list(ids)}).all())
    for concern in concerns:
        transaction.expunge(concern)
    return concerns


def store_readings(transaction: Transaction, concerns: Sequence[Concern]) -> None:
    """Writes what triage has set in these concerns, which the transaction has locked, with one statement."""
    if concerns:
        rows = [{name: getattr(concern, name) for name in READ_COLUMNS} | {"of": concern.id} for concern in concerns]
        _STORE.execute_many(connection_of(transaction), rows)
