"""The categories that many people of a commune report; the menu begins with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.tables.concerns import Concern

OFTEN = 10
"""The least number of people who reported a category, for a menu to begin with it."""
SEASON = timedelta(days=90)
"""Only reports of this time count, because problems change with the season."""


MOST_REMEMBERED = 5_000


class FrequentCategories:
    """The frequent categories of each commune at the beginning of a day, counted once a day in each process.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._counted: dict[tuple[str, datetime], list[str]] = {}

    def of(self, reading: Callable[[], Transaction], pack: Pack, commune: str, day: datetime) -> list[str]:
        """The frequent categories of a commune. `day` is the time at which the day begins.

        `reading` gives the transaction in which they are counted, if they are not known yet.
        """
        if len(self._counted) > MOST_REMEMBERED:
            self._counted = {}
        counted = self._counted
        if (commune, day) not in counted:
            counted[commune, day] = frequent_categories(reading(), pack, commune, day, day - SEASON)
        return counted[commune, day]


def frequent_categories(
    transaction: Transaction, pack: Pack, commune: str, before: datetime, since: datetime
) -> list[str]:
    """The categories that at least `OFTEN` people of a commune reported, the most frequent first; no sensitive one.

    They are ranked by tens of people, then in the pack's order, so that the order does not show single reports.
    All reports without a number count as one person.
    """
    plain = [category.id for category in pack.categories.values() if not category.sensitive]
    people = func.count(func.distinct(func.coalesce(Concern.contact_id, 0)))
    query = (
        select(Concern.category, people)
        .where(Concern.commune == commune, Concern.received_at < before, Concern.received_at >= since)
        .where(Concern.category.in_(plain))
        .group_by(Concern.category)
        .having(people >= OFTEN)
    )
    tens = {category: count // OFTEN for category, count in transaction.execute(query)}
    return sorted(filter(tens.__contains__, plain), key=lambda id: -tens[id])
