"""Which concerns and SMS the figures count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import InstrumentedAttribute

from storage.concerns.access import Access
from storage.tables.concerns import Concern

UNKNOWN = ""
"""The code that stands in sums for an unknown category or commune."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which concerns the figures count, from `since` until before `until`.

    `committee` limits them to the concerns of one committee. `committees` are those whose SMS and meetings count;
    None is all.
    """

    access: Access
    since: datetime
    until: datetime
    committees: tuple[str, ...] | None = None
    committee: str | None = None
    summed: str | None = None
    """The area whose sums hold exactly what is counted (`Layout.summed`); None if there are no such sums."""

    def seen(self, *columns: Any) -> Select[Any]:
        """A query for columns of all concerns that may be seen, of any time."""
        query = self.access.limit(select(*columns))
        return query.where(Concern.committee == self.committee) if self.committee else query

    def counted(self, *columns: Any) -> Select[Any]:
        """As `seen`, without repetitions, replies and concerns that were set aside."""
        return self.seen(*columns).where(Concern.duplicate_of.is_(None), Concern.set_aside.is_(None))

    def received(self, *columns: Any) -> Select[Any]:
        """As `counted`, only for concerns received in the period."""
        return self.counted(*columns).where(Concern.received_at >= self.since, Concern.received_at < self.until)

    def may_see(self, category: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """The condition that a category of a sum may be seen. An unknown category may be a hidden one."""
        hidden = self.access.hidden
        return self.access.is_none_of(category, (*hidden, UNKNOWN)) if hidden else true()
