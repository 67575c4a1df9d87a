"""Concerns become ranked agenda items of the committee that is there to hear them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.pack import Pack
from flows.triage.urgency import Urgency


def committee_for(pack: Pack, commune: str, category: str, installed: Callable[[str], bool]) -> str:
    """The code of the committee that receives a concern: the nearest installed one above its commune.

    A category that goes above starts at the next level up, past those whom it may concern. The last of the
    chain hears what nobody else can.
    """
    chain = list(pack.committees_above(commune))
    if pack.categories[category].goes_above:
        chain = chain[1:]
    return next((one.code for one in chain if installed(one.code)), chain[-1].code)


def thing(category: str, commune: str, place: str | None) -> str:
    """What makes two concerns one agenda item: the same thing in the same place."""
    return f"{category}|{commune}|{place or ''}"


@dataclass(frozen=True, slots=True)
class RankedItem:
    """An agenda item as a committee sees it. `before` counts the concerns of the period before."""

    reference: str
    category: str
    commune: str
    place: str | None
    count: int
    before: int
    urgency: Urgency
    newest: datetime


def rank(items: list[RankedItem]) -> list[RankedItem]:
    """Most urgent first, then how many people, then the newest."""
    return sorted(items, key=lambda item: (item.urgency.rank, -item.count, -item.newest.timestamp()))
