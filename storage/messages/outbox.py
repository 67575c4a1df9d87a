"""The outbox: work that follows from a commit. It stays here until it is done; Redis only wakes the worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Update, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.enumerations import Priority, Work
from storage.prepared import Prepared, bound
from storage.tables.messages import OutboxRow

LEASE = timedelta(seconds=30)
"""How long a claim is valid. A batch takes far less; after the death of a worker its work waits no longer than this."""


_ROWS = OutboxRow.__table__
_ADD = Prepared(
    lambda _: insert(_ROWS).values(bound(_ROWS, "work", "subject_id", "priority", "due_at", "set_at", "tries"))  # type: ignore[arg-type]
)
_WAITING = (
    select(_ROWS.c.id)
    .where(
        _ROWS.c.work == bindparam("of_work"),
        _ROWS.c.priority <= bindparam("last"),
        _ROWS.c.due_at <= bindparam("due"),
    )
    .order_by(_ROWS.c.priority, _ROWS.c.due_at, _ROWS.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(_ROWS)  # type: ignore[arg-type]
    .where(_ROWS.c.id.in_(_WAITING.scalar_subquery()))
    .values(due_at=bindparam("until"), set_at=bindparam("due"), claim=bindparam("token"), tries=_ROWS.c.tries + 1)
    .returning(_ROWS.c.subject_id, _ROWS.c.tries)
)
_OURS = and_(
    _ROWS.c.work == bindparam("of_work"),
    _ROWS.c.claim == bindparam("token"),
    _ROWS.c.subject_id.in_(bindparam("subjects", expanding=True)),
)
_FINISH = delete(_ROWS).where(_OURS)  # type: ignore[arg-type]
_POSTPONE = update(_ROWS).where(_OURS).values(due_at=bindparam("due"), set_at=bindparam("now"), claim=None)  # type: ignore[arg-type]
LAST = max(Priority)
"""The last priority: a claim up to it takes all work."""
AHEAD = timedelta(minutes=1)
"""How far the clocks of two hosts may differ, before a due time counts as set by a wrong clock."""


class ClaimLost(Exception):
    """The lease ran out and another worker has the rows, so this worker's transaction must be rolled back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows that belong to this worker until the lease runs out; `subjects` are ids of concerns or messages."""

    token: str
    subjects: tuple[int, ...]
    tries: dict[int, int]


def add_work(
    transaction: Transaction,
    work: Work,
    subjects: Iterable[int],
    now: datetime,
    due_at: datetime | None = None,
    priority: Priority = Priority.ANSWER,
) -> None:
    """Adds work for these ids, due at `due_at` (None: now). Of due work, the lowest `priority` is done first."""
    common = {"work": work, "due_at": due_at or now, "set_at": now, "tries": 0, "priority": priority}
    rows = [common | {"subject_id": subject} for subject in subjects]
    if rows:
        _ADD.execute_many(connection_of(transaction), rows)


def claim_work(transaction: Transaction, work: Work, now: datetime, most: int, last: Priority = LAST) -> Claim:
    """Claims up to `most` due rows, the most urgent first, then the oldest; none with a priority after `last`.

    It uses `FOR UPDATE SKIP LOCKED` on PostgreSQL; on SQLite one UPDATE statement is enough.
    """
    token = uuid.uuid4().hex
    values = {"of_work": work, "last": last, "due": now, "most": most, "until": now + LEASE, "token": token}
    claimed = connection_of(transaction).execute(_CLAIM, values).all()
    return Claim(token, tuple(row.subject_id for row in claimed), {row.subject_id: row.tries for row in claimed})


def finish_work(transaction: Transaction, work: Work, claim: Claim, subjects: Sequence[int]) -> None:
    """Deletes finished work, in the transaction that did it. Raises `ClaimLost` if the claim ran out."""
    _changed(transaction, _FINISH, _ours(work, claim, subjects), len(subjects))


def postpone_work(
    transaction: Transaction, work: Work, claim: Claim, subject: int, now: datetime, pause: timedelta
) -> None:
    """Makes work due again after a pause. Raises `ClaimLost`."""
    _changed(transaction, _POSTPONE, _ours(work, claim, [subject]) | {"due": now + pause, "now": now}, 1)


def mend_clock(transaction: Transaction, now: datetime) -> int:
    """Corrects rows whose due time was set by a clock that ran ahead; returns how many. Each waits its pause from now.

    Otherwise a report that came while the clock was a day ahead would be read a day late.
    """
    ahead = transaction.scalars(
        select(OutboxRow).where(OutboxRow.set_at > now + AHEAD).with_for_update(skip_locked=True)
    )
    mended = 0
    for row in ahead:
        row.due_at, row.set_at = now + (row.due_at - (row.set_at or now)), now
        mended += 1
    return mended


def next_due(transaction: Transaction, after: datetime) -> datetime | None:
    """When the next row after `after` is due: work that waits for a try, or a claim that may run out."""
    return transaction.scalar(select(func.min(OutboxRow.due_at)).where(OutboxRow.due_at > after))


def due_times(transaction: Transaction, work: Work, subjects: Sequence[int]) -> dict[int, datetime]:
    """When the work of those of these ids that still waits is due, by id."""
    if not subjects:
        return {}
    rows = select(OutboxRow.subject_id, OutboxRow.due_at)
    waiting = rows.where(OutboxRow.work == work, OutboxRow.subject_id.in_(subjects))
    return {row.subject_id: row.due_at for row in transaction.execute(waiting)}


def is_waiting(transaction: Transaction, now: datetime, work: Work | None = None, last: Priority = LAST) -> bool:
    """Whether a row is due, of this kind of work (None: any), with a priority up to `last`."""
    kinds = [work] if work else list(Work)
    due = select(OutboxRow.id).where(OutboxRow.work.in_(kinds), OutboxRow.priority <= last, OutboxRow.due_at <= now)
    return transaction.scalars(due.limit(1)).first() is not None


def count_waiting(transaction: Transaction, now: datetime) -> dict[str, int]:
    """The number of due rows by kind of work."""
    rows = transaction.execute(
        select(OutboxRow.work, func.count()).where(OutboxRow.due_at <= now).group_by(OutboxRow.work)
    )
    return {work.value: count for work, count in rows}


def _ours(work: Work, claim: Claim, subjects: Sequence[int]) -> dict[str, Any]:
    return {"of_work": work, "token": claim.token, "subjects": subjects}


def _changed(transaction: Transaction, statement: Delete | Update, values: dict[str, Any], expected: int) -> None:
    if connection_of(transaction).execute(statement, values).rowcount != expected:
        raise ClaimLost
