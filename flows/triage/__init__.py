"""Understands a short local message: its language, place, category, urgency and kind, and how sure that is.

The one seam of the project's understanding: `Triage(pack).read(text)`. What is unsure is marked, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from config.pack import Pack
from flows.triage import category, urgency
from flows.triage.category import Kind
from flows.triage.features import LexiconFeatures, without_places
from flows.triage.gazetteer import Gazetteer
from flows.triage.language import LanguageReader
from flows.triage.model import YES, Model, ModelError
from flows.triage.place import Found, PlaceReader
from flows.triage.spelling import words, written
from flows.triage.urgency import Urgency

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
    language_is_sure: bool

    @property
    def needs_review(self) -> bool:
        return bool(self.reasons)


class Triage:
    """Everything a message is read with; loaded once, then read-only and safe to share.

    `model` is a trained model's file, the pack's own by default. Raises `ModelError`.
    """

    def __init__(self, pack: Pack, model: bytes | None = None) -> None:
        self._lexicon = LexiconFeatures(pack)
        self.model = Model(pack.model if model is None else model)
        if set(self.model.categories) != set(pack.categories):
            raise ModelError("was trained for other categories")
        self.places = Gazetteer(pack)
        self.where = PlaceReader(pack, self.places, self.model.everyday)
        self.languages = LanguageReader(pack)

    def read(self, text: str, usual_commune: str | None = None) -> Reading:
        """Any text at all has a reading; `usual_commune` settles between places of one name, it is never a guess."""
        text = mask_numbers(text[:LONGEST_READ])
        tokens = words(text)
        as_written = written(text, tokens)
        found = self.where.read_words(tokens, [word[0].isupper() for word in as_written], usual_commune)
        at = found.at if found else frozenset[int]()
        said = without_places(tokens, at)
        language, language_is_sure = self.languages.guess(_without_names(text, as_written, at))
        hits = self._lexicon.hits(said)
        scores = self.model.read(said, hits)
        about, kind, sure = category.decide(scores.category, scores.kind)
        soon = Urgency.ROUTINE
        if kind is Kind.CONCERN:
            sign = urgency.sign_of(hits)
            soon = urgency.decide(scores.emergency[YES], scores.urgency, self.model.emergency_from, sign)
        why = self.model.why(said, hits, about)
        if soon is Urgency.EMERGENCY:
            why += urgency.words_of(hits)
        spots = found.spots if found else ()
        communes = {spot.commune for spot in spots}
        return Reading(
            language=language,
            commune=communes.pop() if len(communes) == 1 else None,
            place=spots[0].place if len(spots) == 1 else None,
            category=about,
            urgency=soon,
            kind=kind,
            confidence=round(sure, 3),
            reasons=tuple(_reasons(found, sure, about == category.OTHER and kind is Kind.CONCERN)),
            why=tuple(dict.fromkeys([*why, *([found.words] if found and found.words else [])])),
            language_is_sure=language_is_sure,
        )


def _without_names(text: str, as_written: Sequence[str], at: frozenset[int]) -> str:
    """What is left to tell the language by: `gare de Sogoniko` is French, whatever Sogoniko sounds like."""
    rest = " ".join(word for position, word in enumerate(as_written) if position not in at)
    return rest if at and rest else text


def _reasons(found: Found | None, sure: float, unclear: bool) -> list[str]:
    """Why a person should look; `unclear` is a concern that is none of those we know."""
    communes = {spot.commune for spot in found.spots} if found else set()
    reasons = []
    if not communes:
        reasons.append("commune_unknown")
    if len(communes) > 1:
        reasons.append("commune_ambiguous")
    if found and not found.certain:
        reasons.append("place_misspelt")
    if sure < SURE or unclear:
        reasons.append("category_unsure")
    return reasons


def mask_numbers(text: str) -> str:
    """The text with phone numbers as `#`, so that triage learns none; what goes out is held to `flows.outgoing`."""
    return _PHONE.sub("#", text)
