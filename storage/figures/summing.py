"""Keeps the sums of closed days true, and compares them with the rows.

A change is committed together with its mark (`DayChange`). Summing a day reads the marks first and the rows after them,
and deletes only the marks that it has read. So a change that was not yet committed when the rows were read leaves its
mark behind, and the day is summed again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from sqlalchemy import Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session as Transaction

from storage.database import Database
from storage.figures.day_sums import DaySums, count_day
from storage.figures.layout import Layout
from storage.figures.summed_days import Span, SummedDays, summed_days
from storage.insert_once import inserted_key
from storage.paced_writes import write_slices
from storage.tables.base import UtcDateTime
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.sums import CommuneSum, ConcernSum, DayChange, SmsSum, SummedDay

ENDED_FOR = timedelta(hours=1)
"""How long a day must be over before it is summed: the clocks of two workers may differ."""
AGAIN_AFTER = timedelta(days=30)
"""A day is summed again after this time, even if nothing says that it has changed."""
OLDEST = timedelta(days=3660)
"""Days that are older are always counted live."""
AT_ONCE = 7
"""Days that are read before their sums are written."""
MARKS_AT_ONCE = 500
SUMS = (ConcernSum, CommuneSum, SmsSum)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The sums of a day, with the marks and the version that were read before its rows."""

    day: Span
    sums: DaySums
    marks: Sequence[int]
    version: int | None


def sum_days(database: Database, layout: Layout, now: datetime, until: float) -> int:
    """Sums the closed days whose sums are missing or hold no more, the newest first; returns how many.

    It stops at `until` (of `time.monotonic`); the next call does the rest.
    """
    with database.read() as transaction:
        closed, known = _closed_days(transaction, layout, now), summed_days(transaction, layout)
        due = _due(transaction, closed, known, now)
    bounds = set(closed)
    _forget(database, [day[0] for day in known.days if day not in bounds])
    _drop_marks(database, closed[-1][1] if closed else now - timedelta(days=1))
    done = 0
    for at in range(0, len(due), AT_ONCE):
        if time.monotonic() >= until:
            break
        with database.read() as transaction:
            counted = [_count(transaction, layout, day) for day in due[at : at + AT_ONCE]]
        write_slices(database, counted, lambda transaction: _keeper(transaction, layout, now))
        done += len(counted)
    return done


def _closed_days(transaction: Transaction, layout: Layout, now: datetime) -> list[Span]:
    """The local days from the first concern or SMS to the last day that is over, in the order of time."""
    firsts = (select(func.min(column, type_=UtcDateTime())) for column in (Concern.received_at, Message.created_at))
    known = [first for first in map(transaction.scalar, firsts) if first is not None]
    if not known:
        return []
    day, midnight = max(min(known), now - OLDEST).astimezone(layout.zone).date(), time_of_day(tzinfo=layout.zone)
    days: list[Span] = []
    begins_at = datetime.combine(day, midnight).astimezone(UTC)
    while True:
        day += timedelta(days=1)
        ends_at = datetime.combine(day, midnight).astimezone(UTC)
        if ends_at > now - ENDED_FOR:
            return days
        days.append((begins_at, ends_at))
        begins_at = ends_at


def _due(transaction: Transaction, closed: Sequence[Span], known: SummedDays, now: datetime) -> list[Span]:
    """The days to sum. If there are none, a few of those that were summed longest ago."""
    holding = {day for day in known.days if day[0] in known.holding}
    due = [day for day in reversed(closed) if day not in holding]
    if due:
        return due
    oldest = select(SummedDay.begins_at, SummedDay.ends_at).where(SummedDay.summed_at < now - AGAIN_AFTER)
    rows = transaction.execute(oldest.order_by(SummedDay.summed_at).limit(AT_ONCE))
    return [(begins_at, ends_at) for begins_at, ends_at in rows]


def _forget(database: Database, begins: Sequence[datetime]) -> None:
    """Deletes the sums of days that are not closed, or that have other bounds since the time zone changed."""
    if not begins:
        return

    def begin(transaction: Transaction) -> Callable[[datetime], None]:
        def forget(begins_at: datetime) -> None:
            for table in (SummedDay, *SUMS):
                transaction.execute(delete(table).where(table.begins_at == begins_at))

        return forget

    write_slices(database, begins, begin)


def _drop_marks(database: Database, since: datetime) -> None:
    """Deletes the marks of days that have no sums yet. Whoever sums them later sees the marked changes anyway."""
    has_sums = exists().where(SummedDay.begins_at <= DayChange.at, SummedDay.ends_at > DayChange.at)
    with database.read() as transaction:
        ids = transaction.scalars(select(DayChange.id).where(DayChange.at >= since, ~has_sums)).all()
    write_slices(
        database,
        [ids[at : at + MARKS_AT_ONCE] for at in range(0, len(ids), MARKS_AT_ONCE)],
        lambda transaction: lambda some: _delete_marks(transaction, some),
    )


def _delete_marks(transaction: Transaction, ids: Sequence[int]) -> None:
    for at in range(0, len(ids), MARKS_AT_ONCE):
        transaction.execute(delete(DayChange).where(DayChange.id.in_(ids[at : at + MARKS_AT_ONCE])))


def _count(transaction: Transaction, layout: Layout, day: Span) -> _Counted:
    """Reads version and marks first, and the rows after them."""
    version = transaction.scalar(select(SummedDay.version).where(SummedDay.begins_at == day[0]))
    marks = select(DayChange.id).where(DayChange.at >= day[0], DayChange.at < day[1])
    read = transaction.scalars(marks).all()
    return _Counted(day, count_day(transaction, layout, day), read, version)


def _keeper(transaction: Transaction, layout: Layout, now: datetime) -> Callable[[_Counted], None]:
    def keep(counted: _Counted) -> None:
        """Keeps the sums of a day, unless another worker has summed it meanwhile."""
        begins_at, ends_at = counted.day
        known = {"layout": layout.fingerprint, "ends_at": ends_at, "summed_at": now}
        if counted.version is None:
            is_ours = inserted_key(transaction, SummedDay, begins_at=begins_at, version=1, **known) is not None
        else:
            same = (SummedDay.begins_at == begins_at, SummedDay.version == counted.version)
            anew = update(SummedDay).where(*same).values(version=counted.version + 1, **known)
            is_ours = transaction.scalar(anew.returning(SummedDay.version)) is not None
        if not is_ours:
            return
        for table, rows in counted.sums.rows(begins_at).items():
            transaction.execute(delete(table).where(_begins_at(table) == begins_at))
            if rows:
                transaction.execute(insert(table), rows)
        _delete_marks(transaction, counted.marks)

    return keep


def _begins_at(table: Any) -> Any:
    return table.begins_at


@dataclass(frozen=True, slots=True)
class Compared:
    """How many days were compared with the rows, and the beginnings of those whose sums differ."""

    days: int
    wrong: tuple[datetime, ...]


def compare(database: Database, layout: Layout, until: float) -> Compared:
    """Compares the sums that should hold with what is counted now, the newest first, until `until`.

    A day that changes meanwhile is left out.
    """
    with database.read() as transaction:
        known = summed_days(transaction, layout)
    days = [day for day in reversed(known.days) if day[0] in known.holding]
    compared, differing = 0, []
    for day in days:
        if time.monotonic() >= until:
            break
        with database.read() as transaction:
            kept = {table: _kept(transaction, select(table).where(_begins_at(table) == day[0])) for table in SUMS}
            counted = count_day(transaction, layout, day).rows(day[0])
            differs = any(kept[table] != _ordered(counted[table]) for table in SUMS)
            if differs and day[0] in summed_days(transaction, layout).holding:
                differing.append(day[0])
        compared += 1
    return Compared(compared, tuple(differing))


def mark_changed(transaction: Transaction, moments: Sequence[datetime]) -> None:
    """Marks the days of some moments, so that they are counted live and summed again."""
    for moment in moments:
        transaction.add(DayChange(at=moment))
    transaction.flush()


def _kept(transaction: Transaction, query: Select[Any]) -> list[list[tuple[str, Any]]]:
    rows = transaction.scalars(query)
    return _ordered([{column.key: getattr(row, column.key) for column in row.__table__.columns} for row in rows])


def _ordered(rows: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, Any]]]:
    """The rows in one order, with the values that JSON gives back."""
    return sorted((sorted(row.items(), key=lambda pair: pair[0]) for row in rows), key=lambda row: str(row[:4]))
