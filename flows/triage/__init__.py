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
from flows.triage.model import Hits, Model, ModelError
from flows.triage.place import Found, PlaceReader
from flows.triage.spelling import marked, words, written
from flows.triage.urgency import Urgency

__all__ = ["MAY_BE_URGENT", "Kind", "Reading", "Triage", "Urgency", "mask_numbers"]

SURE = 0.5
"""Under this confidence a person looks at the category."""
MAY_BE_URGENT = "may_be_urgent"
"""The softer sign: no emergency by what is read, but so near to one that a person should look soon."""
FEWEST_WORDS = 3
"""Different known words under which a message is urgent only if the lexicon finds something in it: `non` is no cry."""
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
    emergency: float = 0.0
    """The probability that it is an emergency, before the rules; 0 for what is no concern."""

    @property
    def needs_review(self) -> bool:
        return bool(self.reasons)


@dataclass(frozen=True, slots=True)
class Said:
    """A message without its names of places: words and marks as `tokens`, what the lexicon finds as `hits`."""

    found: Found | None
    tokens: list[str]
    hits: Hits
    in_language: str
    """What its language is told by."""


class Triage:
    """Everything a message is read with; loaded once, then read-only and safe to share.

    `model` is a trained model or its file, the pack's own by default. Raises `ModelError`.
    """

    def __init__(self, pack: Pack, model: Model | bytes | None = None) -> None:
        self._lexicon = LexiconFeatures(pack)
        self.model = model if isinstance(model, Model) else Model.of(pack.model if model is None else model)
        if set(self.model.categories) != set(pack.categories):
            raise ModelError("was trained for other categories")
        self.places = Gazetteer(pack)
        self.where = PlaceReader(pack, self.places, self.model.everyday)
        self.languages = LanguageReader(pack)

    def said(self, text: str, usual_commune: str | None = None) -> Said:
        """What a message says besides its places."""
        text = mask_numbers(text[:LONGEST_READ])
        tokens = words(text)
        found = self.where.read(text, usual_commune)
        at = found.at if found else frozenset[int]()
        hits = self._lexicon.hits(without_places(tokens, at))
        return Said(found, without_places(marked(text), at), hits, _without_names(text, written(text, tokens), at))

    def read(self, text: str, usual_commune: str | None = None) -> Reading:
        """Any text at all has a reading; `usual_commune` settles between places of one name, it is never a guess."""
        other_words = self.said(text, usual_commune)
        heard = self.model.hear(other_words.tokens, other_words.hits)
        scores = self.model.read(heard)
        about, kind, sure = category.decide(scores.category, scores.kind)
        soon, limits = Urgency.ROUTINE, self.model.thresholds
        emergency = scores.emergency if self._says_something(other_words) else 0.0
        if kind is Kind.CONCERN:
            soon = urgency.decide(emergency, scores.urgency, limits.emergency_from, urgency.sign_of(other_words.hits))
        softer = soon is not Urgency.EMERGENCY and emergency >= limits.may_be_from
        why = self.model.why(heard, about)
        if soon is Urgency.EMERGENCY:
            why += urgency.words_of(other_words.hits)
        language, language_is_sure = self.languages.guess(other_words.in_language)
        place_found = other_words.found
        spots = place_found.spots if place_found else ()
        communes = {spot.commune for spot in spots}
        return Reading(
            language=language,
            commune=communes.pop() if len(communes) == 1 else None,
            place=spots[0].place if len(spots) == 1 else None,
            category=about,
            urgency=soon,
            kind=kind,
            confidence=round(sure, 3),
            reasons=tuple(_reasons(place_found, sure, about == category.OTHER and kind is Kind.CONCERN, softer)),
            why=tuple(dict.fromkeys([*why, *([place_found.words] if place_found and place_found.words else [])])),
            language_is_sure=language_is_sure,
            emergency=round(emergency, 4) if kind is Kind.CONCERN else 0.0,
        )

    def _says_something(self, said: Said) -> bool:
        known = {token for token in said.tokens if token.isalpha() and self.model.knows(token)}
        return len(known) >= FEWEST_WORDS or any(label.startswith(("c:", "u:")) for label in said.hits)


def _without_names(text: str, as_written: Sequence[str], at: frozenset[int]) -> str:
    """What is left to tell the language by: `gare de Sogoniko` is French, whatever Sogoniko sounds like."""
    rest = " ".join(word for position, word in enumerate(as_written) if position not in at)
    return rest if at and rest else text


def _reasons(found: Found | None, sure: float, unclear: bool, softer: bool) -> list[str]:
    """Why a person should look; `unclear` is a concern that is none of those we know."""
    communes = {spot.commune for spot in found.spots} if found else set()
    reasons = [MAY_BE_URGENT] if softer else []
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
    """The text with phone numbers as `#`, so that triage learns none; what goes out is held to
    `flows.outbound_contents`."""
    return _PHONE.sub("#", text)
