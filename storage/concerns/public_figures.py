"""Public figures: people by commune, month and category. A cell never changes after it is published.

Three rules keep anybody from inferring a single report by comparing figures, or by sending reports of their own:
a month is counted once, after its end; people are counted, not messages; and a random but fixed offset from 0 to 4 is
subtracted from each cell before rounding, so that nobody knows how many reports of their own would change a cell. This
is the cell-key method (Fraser and Wooton 2005; Thompson, Broadfoot and Elazar 2013).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.insert_once import insert_once
from storage.safety.vault import Vault
from storage.tables.concerns import Concern
from storage.tables.public import PublishedFigure, PublishedMonth

LEAST = 5
"""A cell with fewer people is not published. Sums add published cells only, so that they do not reveal it."""
ROUNDED_TO = 5
"""Figures are rounded down to a multiple of this, so that one report more or less does not show."""
OFFSETS = 5
"""The number of offsets (0 to 4): a cell of five to eight people may be left out, a cell of nine never is."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell: `count` people or more (a multiple of five) of one category, commune and month (its first day)."""

    month: date
    commune: str
    category: str
    count: int

    @property
    def id(self) -> str:
        """The id of the cell in the Open311 API, such as `2026-10.ml-bamako-commune-i.theft`."""
        return f"{self.month:%Y-%m}.{self.commune}.{self.category}"


def public_figures(transaction: Transaction, pack: Pack) -> list[Figure]:
    """The published figures, newest first, without categories that became sensitive and areas that no longer exist."""
    query = select(PublishedFigure).order_by(
        PublishedFigure.month.desc(), PublishedFigure.commune, PublishedFigure.category
    )
    return [
        Figure(figure.month, figure.commune, figure.category, figure.count)
        for figure in transaction.scalars(query)
        if figure.commune in pack.areas and _may_be_told(pack, figure.category)
    ]


def told_of(transaction: Transaction, pack: Pack, commune: str, now: datetime) -> int:
    """The sum of a commune's published figures for the month before this one; 0 where nothing may be published."""
    query = select(PublishedFigure.category, PublishedFigure.count).where(
        PublishedFigure.month == _month_before(_month_of(now, pack)), PublishedFigure.commune == commune
    )
    return sum(count for category, count in transaction.execute(query) if _may_be_told(pack, category))


def are_due(transaction: Transaction, pack: Pack, now: datetime) -> bool:
    """Whether last month's figures are not published yet. Reads one row by its key."""
    last = _month_before(_month_of(now, pack))
    return transaction.get(PublishedMonth, last) is None


def due_months(transaction: Transaction, vault: Vault, pack: Pack, now: datetime) -> dict[date, list[Figure]]:
    """The cells to publish, by month: of the months since the last published one. A month may have no cells."""
    this_month = _month_of(now, pack)
    newest = _month_before(this_month)
    last = transaction.scalar(select(func.max(PublishedMonth.month)).where(PublishedMonth.month < newest))
    people = _people_by_cell(transaction, pack, last, this_month)
    due: dict[date, list[Figure]] = {month: [] for month in {newest, *(month for month, _, _ in people)}}
    for cell, count in people.items():
        if told := _told(vault, cell, count):
            due[cell[0]].append(Figure(*cell, told))
    return due


def publish(transaction: Transaction, due: Mapping[date, Iterable[Figure]], now: datetime) -> None:
    """Publishes these months; a month that another process published meanwhile stays as it is."""
    for month, cells in sorted(due.items()):
        if insert_once(transaction, PublishedMonth, month=month, published_at=now):
            for cell in cells:
                transaction.add(
                    PublishedFigure(month=cell.month, commune=cell.commune, category=cell.category, count=cell.count)
                )
    transaction.flush()


def publish_afresh(transaction: Transaction, vault: Vault, pack: Pack, now: datetime) -> None:
    """Deletes all figures and publishes every month again. For a demo, whose data comes after the first publication."""
    transaction.execute(delete(PublishedFigure))
    transaction.execute(delete(PublishedMonth))
    publish(transaction, due_months(transaction, vault, pack, now), now)


Cell = tuple[date, str, str]


def _people_by_cell(transaction: Transaction, pack: Pack, after: date | None, before: date) -> dict[Cell, int]:
    """The number of people by cell, for the months between `after` and `before`, both excluded.

    All reports without a number count as one person, because nothing says how many people wrote them.
    """
    people: dict[Cell, set[int | None]] = defaultdict(set)
    query = select(Concern.received_at, Concern.commune, Concern.category, Concern.contact_id).where(
        Concern.commune.is_not(None),
        Concern.category.is_not(None),
        Concern.duplicate_of.is_(None),
        Concern.set_aside.is_(None),
        Concern.received_at < _begin(before, pack),
    )
    if after:
        query = query.where(Concern.received_at >= _begin(_month_after(after), pack))
    for received_at, commune, category, contact in transaction.execute(query).yield_per(5000):
        if commune and category and commune in pack.areas and _may_be_told(pack, category):
            people[_month_of(received_at, pack), commune, category].add(contact)
    return {cell: len(them) for cell, them in people.items()}


def _told(vault: Vault, cell: Cell, people: int) -> int:
    """The published count of a cell: its people minus its offset, rounded down; 0 if the cell is not published."""
    month, commune, category = cell
    offset = vault.hash("figure", f"{month:%Y-%m} {commune} {category}")[0] % OFFSETS
    count = max(people - offset, 0) // ROUNDED_TO * ROUNDED_TO
    return count if count >= LEAST else 0


def _may_be_told(pack: Pack, category: str) -> bool:
    return category in pack.categories and not pack.categories[category].sensitive


def _month_of(moment: datetime, pack: Pack) -> date:
    return moment.astimezone(pack.time_zone).date().replace(day=1)


def _month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _begin(month: date, pack: Pack) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=pack.time_zone)
