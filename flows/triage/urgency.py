"""How soon somebody must look: an emergency is missed at a far higher price than it is cried in vain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.pack import Pack
from flows.triage.lexicon import WordList


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    PRIORITY = "priority"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Urgency).index(self)


@dataclass(frozen=True, slots=True)
class UrgencyReading:
    urgency: Urgency
    words: tuple[str, ...]


class UrgencyReader:
    def __init__(self, pack: Pack) -> None:
        self._words = WordList(pack.lexicon.urgency)
        self._usual = {category.id: Urgency(category.urgency) for category in pack.categories.values()}

    def read(self, tokens: Sequence[str], category: str) -> UrgencyReading:
        """Danger now, or danger with nothing that says it is over, is an emergency."""
        hits = self._words.hits(tokens)
        danger, now, past = hits.get("danger", []), hits.get("now", []), hits.get("past", [])
        if danger and (now or not past):
            return UrgencyReading(Urgency.EMERGENCY, tuple(dict.fromkeys([*danger, *now])))
        if danger or hits.get("recent"):
            return UrgencyReading(Urgency.PRIORITY, tuple(dict.fromkeys([*danger, *hits.get("recent", [])])))
        return UrgencyReading(self._usual[category], ())
