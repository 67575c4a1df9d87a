"""Which concerns somebody may see, as a condition of queries and for one concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class Access:
    """Which concerns somebody may see. `communes` None is the whole country; `hidden` are categories not shown to them.

    Concerns of the categories in `past` go to the committee above the commune's own. They are shown only in the
    communes of `past_seen`, where this person's area includes that committee's area; None is all communes.
    """

    communes: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    past_seen: tuple[str, ...] | None = None
    committee: str | None = None
    """A secretary's committee: they see its concerns, and concerns of `communes` that have no committee yet."""
    known: tuple[str, ...] = ()
    """The categories of the pack. One that left it may have been sensitive, or have gone past a commune's committee:
    whoever has `hidden` categories does not see it, and for others it counts among those of `past`."""

    @property
    def sees_all(self) -> bool:
        """Whether nothing is kept from this person."""
        return self.communes is None and not self.hidden and self.past_seen is None and not self.committee

    def sees(self, concern: Concern) -> bool:
        """Whether this person may see and read a concern."""
        inside = self.communes is None or concern.commune in self.communes
        if self.committee and concern.committee:
            inside = concern.committee == self.committee
        return inside and self.may_read(concern.commune, concern.category)

    def may_read(self, commune: str | None, category: str | None) -> bool:
        """Whether this person may read a concern of this category; an unknown category (None) may be any category."""
        has_left = bool(self.known) and category is not None and category not in self.known
        if category in self.hidden or (self.hidden and (category is None or has_left)):
            return False
        is_past = category is None or category in self.past or (has_left and bool(self.past))
        return self.past_seen is None or not is_past or commune in self.past_seen

    def kept_back(self) -> set[str]:
        """The categories whose names are not shown to this person, for all communes or for some."""
        return {*self.hidden, *(() if self.past_seen is None else self.past)}

    def limit(self, query: Select[Any]) -> Select[Any]:
        """Adds the conditions of `sees` to a query. In SQL an unknown category (NULL) fails both IN and NOT IN."""
        if self.committee:
            before_none = and_(Concern.committee.is_(None), Concern.commune.in_(self.communes or ()))
            query = query.where(or_(Concern.committee == self.committee, before_none))
        elif self.communes is not None:
            query = query.where(Concern.commune.in_(self.communes))
        if self.hidden:
            query = query.where(self.is_none_of(Concern.category, self.hidden))
        if self.past_seen is not None:
            passes = self.is_none_of(Concern.category, self.past)
            query = query.where(or_(passes, Concern.commune.in_(self.past_seen)))
        return query

    def is_none_of(self, category: InstrumentedAttribute[Any], kept_back: Sequence[str]) -> ColumnElement[bool]:
        """The condition that a category is known to be none of these; an unknown one (NULL) is not."""
        if not (self.known and kept_back):
            return category.not_in(kept_back)
        shown = [code for code in self.known if code not in kept_back]
        return func.coalesce(category, "").in_(shown)  # no index is to be used: nearly all rows have such a category
