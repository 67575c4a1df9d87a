"""Reads a short local message: its language, place, category, urgency and kind, and how sure the category is.

`Triage(pack).read(text)` is the only entrance. What is unsure is marked for review, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from config.pack import Pack
from flows.triage import category, urgency
from flows.triage.category import Kind
from flows.triage.cries import CryReader
from flows.triage.features import LexiconFeatures, said_once, without_places
from flows.triage.language import LanguageReader
from flows.triage.model import Hits, Model, ModelError
from flows.triage.no_matter import DANGER, NoMatterReader
from flows.triage.places.gazetteer import Gazetteer
from flows.triage.places.reader import PlaceReader, PlacesFound
from flows.triage.spelling import Written, marked, words, written
from flows.triage.subjects import SubjectReader
from flows.triage.urgency import Urgency

__all__ = ["COMMUNE_UNKNOWN", "MAY_BE_URGENT", "Kind", "Reading", "Triage", "Urgency", "mask_numbers"]

SURE = 0.6
"""Confidence below which a person must look at the category. `docs/triage.md` says what other values would give."""
MAY_BE_URGENT = "may_be_urgent"
"""The reason of a message that was not read as an emergency, but nearly: a person should look soon."""
COMMUNE_UNKNOWN = "commune_unknown"
"""The reason of a message that names no commune: its citizen is asked for it, and the answer takes the reason away."""
FEWEST_WORDS = 3
"""A message with fewer different known words is urgent only if the lexicon finds something in it: `non` is not."""
LONGEST_READ = 800
"""Characters of a message that are read, about five SMS parts: the rest says nothing new."""
_PHONE = re.compile(r"\+?\d[\d\s.\-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a message.

    `reasons` says why a person must review it, `why` holds the words that decided, `confidence` is about the category.
    """

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
    subjects: tuple[str, ...] = ()
    """Codes of the pack's subjects and landmarks that it names."""
    no_matter: str = ""
    """Why it is nothing for a committee, where that is sure (`flows.triage.no_matter`)."""
    emergency: float = 0.0
    """The probability of an emergency, before the rules of `flows.triage.urgency`; 0 if the message is no concern,
    1 if it is nothing but a cry for help."""

    @property
    def needs_review(self) -> bool:
        """Whether a person must review the message."""
        return bool(self.reasons)


@dataclass(frozen=True, slots=True)
class MessageParts:
    """A message without names of places: its words and punctuation as `tokens`, what the lexicon finds as `hits`.

    What is said several times on end stands there once.
    """

    place: PlacesFound | None
    tokens: list[str]
    hits: Hits
    in_language: str
    """The text from which the language is read."""


class Triage:
    """Reads messages with a pack and a model; loaded once, then never changed, so that threads may share it.

    `model` is a trained model or the bytes of its file; by default the pack's own. Raises `ModelError`.
    """

    def __init__(self, pack: Pack, model: Model | bytes | None = None) -> None:
        self._lexicon = LexiconFeatures(pack)
        self.model = model if isinstance(model, Model) else Model.of(pack.model if model is None else model)
        if set(self.model.categories) != set(pack.categories):
            raise ModelError("was trained for other categories")
        self.places = Gazetteer(pack)
        self.where = PlaceReader(pack, self.places, self.model.everyday)
        self.languages = LanguageReader(pack)
        self._subjects = SubjectReader(pack)
        self._no_matter = NoMatterReader(pack)
        self._cries = CryReader(pack)

    def parts(self, text: str, usual_commune: str | None = None) -> MessageParts:
        """The parts of a message from which everything but the place is read."""
        text = mask_numbers(text[:LONGEST_READ])
        message_words = Written.of(text)
        place = self.where.read_words(message_words, usual_commune)
        at = place.at if place else frozenset[int]()
        hits = self._lexicon.hits(said_once(without_places(message_words.words, at)))
        in_language = _without_names(text, written(text, message_words.words), at) if at else text
        return MessageParts(place, said_once(without_places(marked(text), at)), hits, in_language)

    def read(self, text: str, usual_commune: str | None = None) -> Reading:
        """Reads a message; any text has a reading. `usual_commune` only decides between places of the same name."""
        message = self.parts(text, usual_commune)
        sums = self.model.add_up(message.tokens, message.hits)
        scores = self.model.read(sums)
        about, kind, sure = category.decide(scores.category, scores.kind)
        soon, limits = Urgency.ROUTINE, self.model.thresholds
        emergency = scores.emergency if self._says_something(message) else 0.0
        cries = self._cries_of(message.tokens, message.hits)
        if cries:
            kind, soon, emergency = Kind.CONCERN, Urgency.EMERGENCY, 1.0
        elif kind is Kind.CONCERN:
            soon = urgency.decide(emergency, scores.urgency, limits.emergency_from, urgency.sign_of(message.hits))
        dangerous = bool(DANGER & message.hits.keys())
        softer = soon is not Urgency.EMERGENCY and (
            emergency >= limits.may_be_from or (kind is Kind.THANKS and dangerous)
        )
        no_matter = "" if softer or cries else self._no_matter.read(message.tokens, message.hits, scores.kind)
        why = self.model.why(sums, about)
        if soon is Urgency.EMERGENCY:
            why += [*cries, *urgency.words_of(message.hits)]
        language, language_is_sure = self.languages.guess(message.in_language)
        place_found = message.place
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
            subjects=self._subjects.read(message.tokens),
            no_matter=no_matter if about == category.OTHER else "",
            emergency=round(emergency, 4) if kind is Kind.CONCERN else 0.0,
        )

    def speaks_of_danger(self, text: str) -> bool:
        """Whether it has words of danger or is a cry for help: a quick look that decides what is read first."""
        tokens = words(text[:LONGEST_READ])
        hits = self._lexicon.hits(tokens)
        return "u:danger" in hits or bool(self._cries_of(tokens, hits))

    def _cries_of(self, tokens: Sequence[str], hits: Hits) -> list[str]:
        """The cries for help of a message that says nothing else. `hits` are the lexicon's in it."""
        in_lexicon = {word for found in hits.values() for match in found for word in match.split()}
        return self._cries.read(tokens, lambda word: word in in_lexicon or self.model.knows(word))

    def _says_something(self, message: MessageParts) -> bool:
        if any(label.startswith(("c:", "u:")) for label in message.hits):
            return True
        return len({token for token in message.tokens if token.isalpha() and self.model.knows(token)}) >= FEWEST_WORDS


def _without_names(text: str, as_written: Sequence[str], at: frozenset[int]) -> str:
    """The text without names of places, for reading the language: `gare de Sogoniko` is French."""
    rest = " ".join(word for position, word in enumerate(as_written) if position not in at)
    return rest or text


def _reasons(place: PlacesFound | None, sure: float, unclear: bool, softer: bool) -> list[str]:
    """Why a person must review the message; `unclear` means a concern of the category `other`."""
    communes = {spot.commune for spot in place.spots} if place else set()
    reasons = [MAY_BE_URGENT] if softer else []
    if not communes:
        reasons.append(COMMUNE_UNKNOWN)
    if len(communes) > 1:
        reasons.append("commune_ambiguous")
    if place and not place.certain:
        reasons.append("place_misspelt")
    if sure < SURE or unclear:
        reasons.append("category_unsure")
    return reasons


def mask_numbers(text: str) -> str:
    """The text with `#` instead of phone numbers, so that no model learns them.

    For texts that are sent, see `flows.outbound_contents`.
    """
    return _PHONE.sub("#", text)
