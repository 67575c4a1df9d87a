"""Counts sudden rises (surges) of reports, and remembers which ones a committee was told of."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from flows.committees.surges import BASELINE_DAYS, FLOOR, Rate
from storage.insert_once import insert_once
from storage.tables.committees import Surge
from storage.tables.concerns import Concern

DAY = timedelta(days=1)
QUIET_FOR = timedelta(days=7)
"""How long a committee is not told again of a surge of the same subject."""


def rates(transaction: Transaction, now: datetime) -> list[Rate]:
    """The rates of subjects with at least `FLOOR` reports in the last day, each with its baseline."""
    key = (Concern.category, Concern.commune, Concern.place, Concern.committee)
    known = [
        Concern.committee.is_not(None), Concern.category.is_not(None), Concern.duplicate_of.is_(None),
        Concern.set_aside.is_(None),
    ]  # fmt: skip
    today = transaction.execute(
        select(*key, func.count())
        .where(*known, Concern.received_at > now - DAY, Concern.received_at <= now)
        .group_by(*key)
        .having(func.count() >= FLOOR)
    ).all()
    if not today:
        return []
    earlier: Counter[tuple[str | None, str | None, str | None]] = Counter()
    since = now - DAY * (BASELINE_DAYS + 1)
    for category, commune, place, count in transaction.execute(
        select(*key[:3], func.count())
        .where(*known, Concern.received_at > since, Concern.received_at <= now - DAY)
        .group_by(*key[:3])
    ):
        earlier[category, commune, place] = count
    return [
        Rate(category or "", commune or "", place, committee or "", count, earlier[category, commune, place])
        for category, commune, place, committee, count in today
    ]


def first_told(transaction: Transaction, thing: str, on: date, rate: Rate, now: datetime) -> bool:
    """Records that a committee is told of a surge now; returns false if it was told within `QUIET_FOR`."""
    recent = select(Surge.id).where(Surge.thing == thing, Surge.told_at > now - QUIET_FOR)
    if transaction.scalars(recent).first():
        return False
    return insert_once(
        transaction, Surge, thing=thing, since=on, committee=rate.committee, count=rate.today, told_at=now
    )


def first_of_surge(transaction: Transaction, rate: Rate, now: datetime) -> str:
    """The reference of the first report of a surge within the last day; `?` if there is none."""
    query = select(Concern.reference).where(
        Concern.category == rate.category,
        Concern.commune == rate.commune,
        Concern.place == rate.place if rate.place else Concern.place.is_(None),
        Concern.received_at > now - DAY,
    )
    return transaction.scalars(query.order_by(Concern.id)).first() or "?"
