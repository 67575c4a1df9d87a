"""Understands a short local message: its language, place, category, urgency and kind, and how sure that is.

The one seam of the project's understanding: `Triage(pack).read(text)`. What is unsure is marked, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.pack import Pack
from flows.triage.category import CategoryReader, Kind
from flows.triage.language import LanguageReader
from flows.triage.place import PlaceIndex
from flows.triage.spelling import words
from flows.triage.urgency import Urgency, UrgencyReader

__all__ = ["Kind", "Reading", "Triage", "Urgency", "mask_numbers"]

SURE = 0.5
"""Under this confidence a person looks at the category."""
LONGEST_READ = 800
"""Characters of a message that are read; what says what it is about stands in five SMS parts."""
_PHONE = re.compile(r"\+?\d[\d\s.\-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says. `reasons` names why it needs review, `why` the words that decided."""

    language: str
    commune: str | None
    place: str | None
    category: str
    urgency: Urgency
    kind: Kind
    confidence: float
    reasons: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def needs_review(self) -> bool:
        return bool(self.reasons)


class Triage:
    """Everything a message is read with; loaded once, then read-only and safe to share."""

    def __init__(self, pack: Pack) -> None:
        self.places = PlaceIndex(pack)
        self._languages = LanguageReader(pack)
        self._categories = CategoryReader(pack)
        self._urgencies = UrgencyReader(pack)

    def read(self, text: str, usual_commune: str | None = None) -> Reading:
        """Any text at all has a reading; `usual_commune` settles between places of one name, it is never a guess."""
        text = mask_numbers(text[:LONGEST_READ])
        language, _ = self._languages.read(text)
        tokens = words(text)
        found = self.places.read(tokens, usual_commune)
        category = self._categories.read(tokens)
        urgency = self._urgencies.read(tokens, category.category)
        if category.kind in (Kind.THANKS, Kind.PROPOSAL):
            urgency = self._urgencies.read((), category.category)
        communes = {spot.commune for spot in found.spots} if found else set()
        reasons = []
        if not communes:
            reasons.append("commune_unknown")
        if len(communes) > 1:
            reasons.append("commune_ambiguous")
        if found and not found.certain:
            reasons.append("place_misspelt")
        if category.confidence < SURE:
            reasons.append("category_unsure")
        place = found.spots[0].place if found and len(found.spots) == 1 else None
        return Reading(
            language=language,
            commune=communes.pop() if len(communes) == 1 else None,
            place=place,
            category=category.category,
            urgency=urgency.urgency,
            kind=category.kind,
            confidence=round(category.confidence, 3),
            reasons=tuple(reasons),
            why=tuple(dict.fromkeys([*category.words, *urgency.words, *([found.words] if found else [])])),
        )


def mask_numbers(text: str) -> str:
    """The text with every phone number in it as `#`, so that nothing that reads on can carry one away."""
    return _PHONE.sub("#", text)
