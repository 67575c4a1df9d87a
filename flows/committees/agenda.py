"""Agenda items: which committee hears a concern, which concerns are one item, and how items are ranked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.pack import Pack
from flows.triage.category import Kind
from flows.triage.urgency import Urgency


def committee_for(pack: Pack, commune: str, category: str, installed: Callable[[str], bool]) -> str:
    """The code of the committee that receives a concern: the nearest installed one above its commune.

    A concern of a category with `goes_above` is never heard by the commune's own committee, which it may be about: it
    starts one level up. The last committee of the chain hears every concern that no other can hear.
    """
    chain = list(pack.committees_above(commune))
    if pack.categories[category].goes_above:
        chain = chain[1:] or chain
    return next((candidate.code for candidate in chain if installed(candidate.code)), chain[-1].code)


def area_past(pack: Pack, commune: str) -> str:
    """The area of the level above a commune, whose committee hears categories with `goes_above`, installed or not."""
    chain = list(pack.committees_above(commune))
    return chain[min(1, len(chain) - 1)].area


def subject_key(category: str, commune: str, place: str | None, kind: str = Kind.CONCERN, about: str = "") -> str:
    """What makes two concerns one agenda item: the same thing in the same place.

    Proposals and questions stand apart from concerns, and are told apart by what they are `about`: the subject of a
    proposal, and the number of a question, which is an item of its own.
    """
    parts = [category, commune, place or ""]
    if kind != Kind.CONCERN:
        parts.append(f"{kind} {about}".rstrip())
    return "|".join(parts)


def about_of(kind: str, concern: int, subjects: str) -> str:
    """What tells proposals and questions of one place apart. `subjects` are codes, with a blank between them."""
    if kind == Kind.QUESTION:
        return str(concern)
    return next((code for code in subjects.split() if not code.startswith(LANDMARK)), "")


def item_kind(kind: str | None, urgency: str | None) -> str:
    """The kind of item that a concern belongs to. An emergency is a concern, whatever it sounds like."""
    if urgency == Urgency.EMERGENCY or kind not in (Kind.PROPOSAL, Kind.QUESTION):
        return Kind.CONCERN
    return str(kind)


@dataclass(frozen=True, slots=True)
class Score:
    """The score of an item: for each reason, the points that it adds."""

    points: tuple[tuple[str, int], ...]
    set_to: int | None = None
    """A score that an administrator has set; it replaces the sum of the points."""

    @property
    def total(self) -> int:
        """The points by which items are ranked."""
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
    kind: str = Kind.CONCERN
    oldest: datetime | None = None
    """When the first of its open concerns came."""
    subjects: tuple[str, ...] = ()
    """What at least three of its people name (`flows.committees.subjects`)."""
    title: str = ""
    """A title that a person wrote; empty for the one made from the pack's words."""
    title_sealed: bytes | None = None
    position: int | None = None
    """Its place on the ordre du jour, where somebody ordered that by hand."""
    version: int = 0
    off_meeting_id: int | None = None
    """The meeting whose ordre du jour it was taken off."""

    @property
    def age(self) -> timedelta:
        """The time between its first concern and its newest."""
        return self.newest - (self.oldest or self.newest)


LANDMARK = "at:"
"""How the code of a landmark begins."""
URGENT = {Urgency.EMERGENCY: 100, Urgency.PRIORITY: 30, Urgency.ROUTINE: 0}
MOST_FOR_PEOPLE, MOST_FOR_WAITING, MOST_FOR_COMING_BACK = 40, 10, 12
"""No crowd of routine matters outweighs an emergency: all that is not urgency makes 72 points at most."""


def score(
    urgency: Urgency, count: int, ages: tuple[timedelta, timedelta], came_back: int, set_to: int | None = None
) -> Score:
    """The score of an item. Urgency, the number of people, new reports, a long wait and coming back add points.

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
    """The items by score, the highest first; of equal scores the newest first."""
    return sorted(items, key=lambda item: (-item.score.total, -item.newest.timestamp()))


PUT_ON = ("on_agenda", "discussed")
"""States of items that a person put on the agenda, or that a meeting talked about without an outcome."""


@dataclass(frozen=True, slots=True)
class OrderOfBusiness:
    """What a meeting deals with: `put_on` by people, `proposed` by score; `left` are the items that wait."""

    put_on: tuple[RankedItem, ...]
    proposed: tuple[RankedItem, ...]
    left: tuple[RankedItem, ...]

    @property
    def listed(self) -> tuple[RankedItem, ...]:
        """All items that the meeting deals with, in order."""
        return (*self.put_on, *self.proposed)


def order_of_business(items: Iterable[RankedItem], size: int) -> OrderOfBusiness:
    """First the items that people put on, in their order; then the highest scores, until there are `size` items.

    Items that were taken off this meeting are not filled in, nor questions, which are answered without a meeting.
    """
    ranked = list(items)
    put_on = [item for item in ranked if item.state in PUT_ON]
    put_on.sort(key=lambda item: (item.position is None, item.position or 0))
    waiting = [item for item in ranked if item.state not in PUT_ON]
    fit = [item for item in waiting if item.kind != Kind.QUESTION and item.off_meeting_id != item.meeting_id]
    proposed = fit[: max(0, size - len(put_on))]
    chosen = {item.id for item in proposed}
    return OrderOfBusiness(tuple(put_on), tuple(proposed), tuple(item for item in waiting if item.id not in chosen))
