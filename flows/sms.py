"""What a citizen's SMS asks for: a keyword in any of the pack's languages, or, everything else, a concern."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import OSA

from config.pack import Pack
from flows.machine import clean
from flows.references import read_reference
from flows.triage import Triage
from flows.triage.gazetteer import Gazetteer, Spot
from flows.triage.spelling import words


class Meaning(StrEnum):
    CONCERN = "concern"
    HELP = "help"
    FOLLOW = "follow"
    COMMITTEE = "committee"
    LANGUAGE = "language"
    STOP = "stop"
    START = "start"
    YES = "yes"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class SmsRequest:
    """`about` is the reference, the place's spot id or the language that a keyword came with, or the concern."""

    meaning: Meaning
    about: str = ""


MOST_WORDS = {
    Meaning.HELP: 2,
    Meaning.STOP: 2,
    Meaning.START: 2,
    Meaning.FOLLOW: 3,
    Meaning.LANGUAGE: 2,
    Meaning.YES: 1,
    Meaning.FORGET: 1,
}
"""Words of a message that is still a keyword. Who writes `Aide-nous, on nous attaque` calls for no help text,
and `suivi par des hommes armés` is no question about a reference: longer ones are concerns."""
SHORTEST_NEAR = 4
"""Letters of a keyword under which another word is no slip of it: `stop` may be `sotp`, `jo` must be `jo`."""
LONGEST_PLACE = 4
"""Words of an answer to "which commune?"; a longer message is a new concern that happens to name a place."""


def read_sms(text: str, pack: Pack, places: Gazetteer) -> SmsRequest:
    """The meaning of one message; an empty or unreadable one asks for help."""
    said = clean(text)
    tokens = [token for token in words(said) if token != "?"]
    if not tokens:
        # Another script is still somebody's words; only what has no letter at all says nothing.
        return SmsRequest(Meaning.CONCERN, said) if any(map(str.isalpha, said)) else SmsRequest(Meaning.HELP)
    meaning = _keyword(tokens[0], pack)
    rest = said.split(maxsplit=1)[1].lstrip(" :.,-") if len(said.split()) > 1 else ""
    if meaning is Meaning.COMMITTEE and len(tokens) <= 1 + LONGEST_PLACE:
        spots = places.find(rest) if rest else ()
        if spots or len(tokens) <= 2:
            return SmsRequest(meaning, spots[0].id if spots else "")
    elif meaning is Meaning.FOLLOW and (reference := read_reference(rest)):
        return SmsRequest(meaning, reference)
    elif meaning and len(tokens) <= MOST_WORDS.get(meaning, 0) and len(said.split()) <= 3:
        return SmsRequest(meaning, rest.strip().lower())
    return SmsRequest(Meaning.CONCERN, said)


def _keyword(word: str, pack: Pack) -> Meaning | None:
    """The keyword that a word is or, by one slip in a long one, was meant to be: `SUVI`, `AIED`."""
    known = {
        words(key)[0]: Meaning(meaning)
        for language in pack.languages.values()
        for meaning, keys in language.keys.items()
        for key in keys
    }
    if word in known:
        return known[word]
    near = [
        key
        for key, meaning in known.items()
        # What erases is never guessed.
        if meaning is not Meaning.FORGET and len(key) >= SHORTEST_NEAR and OSA.distance(word, key) == 1
    ]
    return known[near[0]] if near and word[0] == near[0][0] else None


def commune_answered(text: str, triage: Triage) -> Spot | None:
    """The place that answers "which commune?", or None when the message is something else."""
    tokens = words(clean(text))
    if not 0 < len(tokens) <= LONGEST_PLACE:
        return None
    spots = triage.places.find(clean(text))
    if spots and len({spot.commune for spot in spots}) == 1:
        return spots[0]
    found = triage.where.read(clean(text))
    return found.spots[0] if found and len(found.spots) == 1 else None
