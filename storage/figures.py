"""Public figures: concerns by commune, month and category, with small numbers left out so that nobody can be found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.pack import Pack
from storage.models import Concern

LEAST = 5
"""A cell of fewer concerns is not told, nor is any sum that it could be reckoned from: no sums are published at all."""
ROUNDED_TO = 5
"""What is told is rounded down to this, so that one report more or less does not show."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell: `count` concerns (rounded down to five) of one category in one commune in one month (its first day)."""

    month: date
    commune: str
    category: str
    count: int

    @property
    def id(self) -> str:
        return f"{self.month:%Y-%m}.{self.commune}.{self.category}"


def public_figures(session: Session, pack: Pack, now: datetime, hidden: Collection[str] = ()) -> list[Figure]:
    """Of whole months alone, newest first. Sensitive categories (and `hidden` ones) have no figure for a commune."""
    left_out = {one.id for one in pack.categories.values() if one.sensitive} | set(hidden)
    this_month = now.astimezone(pack.time_zone).date().replace(day=1)
    cells: Counter[tuple[date, str, str]] = Counter()
    rows = session.execute(
        select(Concern.received_at, Concern.commune, Concern.category).where(
            Concern.commune.is_not(None), Concern.category.is_not(None), Concern.duplicate_of.is_(None)
        )
    )
    for received_at, commune, category in rows.yield_per(5000):
        month = received_at.astimezone(pack.time_zone).date().replace(day=1)
        if commune and category and month < this_month and category not in left_out and commune in pack.areas:
            cells[month, commune, category] += 1
    told = [Figure(*cell, count // ROUNDED_TO * ROUNDED_TO) for cell, count in cells.items() if count >= LEAST]
    return sorted(told, key=lambda one: (-one.month.toordinal(), one.commune, one.category))
