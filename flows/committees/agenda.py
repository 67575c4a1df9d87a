"""Concerns become ranked agenda items of the committee that is there to hear them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    return next((candidate.code for candidate in chain if installed(candidate.code)), chain[-1].code)


def area_past(pack: Pack, commune: str) -> str:
    """The area whose committee hears what goes past a commune's own, installed or not."""
    chain = list(pack.committees_above(commune))
    return chain[min(1, len(chain) - 1)].area


def subject_key(category: str, commune: str, place: str | None) -> str:
    """What makes two concerns one agenda item: the same thing in the same place."""
    return f"{category}|{commune}|{place or ''}"


@dataclass(frozen=True, slots=True)
class Score:
    """What an item weighs, and the points that make it: what for, how many."""

    points: tuple[tuple[str, int], ...]
    set_to: int | None = None
    """An administrator's own score, which stands above the reckoned one."""

    @property
    def total(self) -> int:
        return self.set_to if self.set_to is not None else sum(count for _, count in self.points)


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
    score: Score = Score(())
    id: int = 0
    meeting_id: int = 0
    state: str = ""


URGENT = {Urgency.EMERGENCY: 100, Urgency.PRIORITY: 30, Urgency.ROUTINE: 0}
MOST_FOR_PEOPLE, MOST_FOR_WAITING, MOST_FOR_COMING_BACK = 40, 10, 12
"""No crowd of routine matters outweighs an emergency: all that is not urgency makes 72 points at most."""


def score(
    urgency: Urgency, count: int, ages: tuple[timedelta, timedelta], came_back: int, set_to: int | None = None
) -> Score:
    """The stated score of an item: more for urgency, for people, for what is new, waits, or has come back.

    `ages` are those of its newest and of its oldest concern. Each doubling of the people adds 6 points, the newest
    concern up to 10 that fade over ten days, waiting one a week, coming back 4 each time.
    """
    newest, oldest = ages
    points = (
        ("urgency", URGENT[urgency]),
        ("people", min(MOST_FOR_PEOPLE, round(6 * math.log2(max(count, 1))))),
        ("recent", max(0, 10 - newest.days)),
        ("waiting", min(MOST_FOR_WAITING, max(0, oldest.days) // 7)),
        ("came_back", min(MOST_FOR_COMING_BACK, 4 * came_back)),
    )
    return Score(points, set_to)


def rank(items: list[RankedItem]) -> list[RankedItem]:
    """By score, then the newest."""
    return sorted(items, key=lambda item: (-item.score.total, -item.newest.timestamp()))
