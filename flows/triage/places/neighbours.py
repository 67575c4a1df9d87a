"""How the names in one text change each other's meaning: the ends of a road, a place and the area around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.triage.places.gazetteer import Spot
from flows.triage.places.marking import Mark, Marking
from flows.triage.spelling import Written


@dataclass(frozen=True, slots=True)
class Name:
    """One name in a text, at the words from `start` to `end`: its spots, and the codes of wider areas of that name."""

    start: int
    end: int
    mark: Mark
    spots: tuple[Spot, ...]
    wider: tuple[str, ...] = ()
    certain: bool = True

    @property
    def is_town(self) -> bool:
        """Whether it names a commune or an area, not a quartier."""
        return any(spot.place is None for spot in self.spots) or bool(self.wider and not self.spots)


def with_neighbours(names: Sequence[Name]) -> list[tuple[Name | None, Name, Name | None]]:
    """Each name with the name before it and the name after it."""
    return list(zip([None, *names[:-1]], names, [*names[1:], None], strict=True)) if names else []


def on_the_road(marking: Marking, written: Written, before: Name | None, name: Name, after: Name | None) -> Name:
    """Marks the ends of a road as `AWAY`: `entre Kita et Bafoulabé`, `Ségou–Markala`, `Kolokani ni Kati cɛ`."""
    if not name.is_town:
        return name
    for first, second in ((before, name), (name, after)):
        towns = first and second and first.is_town and second.is_town
        if first and second and towns and marking.joins(written, (first.start, first.end), (second.start, second.end)):
            return replace(name, mark=Mark.AWAY)
    return replace(name, mark=Mark.AWAY) if marking.is_an_end(written, name.start, name.end) else name


def inside_others(names: Sequence[Name], areas_of: Mapping[str, Set[str]]) -> list[Name]:
    """Takes the spots from a town that here names the area around another place, as Kayes in `Djélébou, Kayes`."""
    kept = []
    for name in names:
        areas = set(name.wider)
        inside = any(
            other is not name and other.mark is not Mark.AWAY and other.certain
            and any(spot.commune not in {s.commune for s in name.spots} and areas & areas_of[spot.commune]
                    for spot in other.spots)
            for other in names
        )  # fmt: skip
        kept.append(replace(name, spots=(), mark=min(name.mark, Mark.LAST)) if areas and inside else name)
    return kept


def without_namesakes(marking: Marking, written: Written, names: Sequence[Name]) -> list[Name]:
    """Joins a quartier and the town beside it that says where it lies: `Lafiabougou Kayes` is in Kayes."""
    kept = list(names)
    for first, second in pairwise(names):
        quartier, town = (first, second) if any(spot.place for spot in first.spots) else (second, first)
        quartiers = {spot.commune for spot in quartier.spots if spot.place}
        towns = tuple(spot for spot in town.spots if not spot.place)
        gap = written.words[first.end : second.start]
        near = len(gap) < 2 if quartier is first else marking.is_part_of_town(gap)
        if near and quartiers and towns and not quartiers & {t.commune for t in towns} and town.mark > Mark.AWAY:
            joined = replace(town, start=first.start, end=second.end, mark=max(first.mark, second.mark), spots=towns)
            kept = [joined if name is town else name for name in kept if name is not quartier]
    return kept
