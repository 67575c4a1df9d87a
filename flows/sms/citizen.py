"""Reads a citizen's SMS: a keyword in any of the pack's languages; any other text is a concern.

A keyword counts only alone or with its own argument. With any other words the message is a concern: `Stop drogue` does
not stop SMS, and `Aide nous` is a call for help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import OSA

from config.pack import Pack
from flows.conversation.machine import clean
from flows.references import leading_reference
from flows.sms.keywords import Words, keywords, leading_keyword, said_words, taken_out, without_courtesy
from flows.triage import Triage, Urgency
from flows.triage.category import OTHER
from flows.triage.no_matter import NoMatter
from flows.triage.places.gazetteer import Gazetteer, Spot
from flows.triage.spelling import key_of, words


class Meaning(StrEnum):
    """What a citizen's SMS may ask for."""

    CONCERN = "concern"
    HELP = "help"
    FOLLOW = "follow"
    COMMITTEE = "committee"
    LANGUAGE = "language"
    STOP = "stop"
    START = "start"
    YES = "yes"
    NO = "no"
    CHOICE = "choice"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class SmsRequest:
    """What an SMS asks for. `about` is the argument of a keyword (reference, spot id, language, digit or code), or the
    text of a concern. If a concern may have been meant as a keyword, `beside` is the request to answer as well.
    `wants_silence`: the concern also seems to say that no more SMS are wanted.
    """

    meaning: Meaning
    about: str = ""
    beside: SmsRequest | None = None
    wants_silence: bool = False


NO_MORE = "no_more"
"""The name of the list in a language's `keys` with phrases that ask for no more SMS; such a phrase alone is a STOP."""
SHORTEST_NEAR = 4
"""Letters of the shortest keyword that may be misspelt: `sotp` is read as `stop`, but `jo` must be `jo`."""
LONGEST_WITH_FORM = 3
"""A concern of at most this many words may have been meant as a keyword: the keyword's right form is sent as well."""
LONGEST_PLACE = 4
"""Words of an answer to "which commune?"; a longer message is a new concern that happens to name a place."""
LONGEST_CODE = 8
"""The most digits after EFFACER that are read as a code, right or mistyped; a right one has six."""
CRIED = "!"
"""The mark that makes a cry for help of the keyword that asks how to write: `HELP!!`. Both are answered."""
CHOICES = (("1",), ("2",))
"""What answers "Satisfait ? Répondez 1 (oui) ou 2 (non)"."""
_FORM_OF = {
    Meaning.HELP: Meaning.HELP,
    Meaning.STOP: Meaning.HELP,
    Meaning.START: Meaning.HELP,
    Meaning.FORGET: Meaning.HELP,
    Meaning.FOLLOW: Meaning.FOLLOW,
    Meaning.COMMITTEE: Meaning.COMMITTEE,
    Meaning.LANGUAGE: Meaning.LANGUAGE,
}


def read_sms(text: str, pack: Pack, places: Gazetteer) -> SmsRequest:
    """The request in one message; a message without a letter or digit asks for help."""
    typed = clean(text)
    spoken = said_words(typed)
    if not spoken:
        return SmsRequest(Meaning.CONCERN, typed) if any(map(str.isalpha, typed)) else SmsRequest(Meaning.HELP)
    known = _keywords(pack)
    refusals = [phrase for language in pack.languages.values() for phrase in language.keys[NO_MORE]]
    around = taken_out(spoken, refusals)
    if around is not None:
        left = without_courtesy(around, pack)
        if not left or known.get(left) == Meaning.STOP:
            return SmsRequest(Meaning.STOP)
    core = without_courtesy(spoken, pack)
    request = _keyword(core, known, typed, pack, places) or SmsRequest(Meaning.CONCERN, typed)
    if around is not None and request.meaning is Meaning.CONCERN:
        return SmsRequest(Meaning.CONCERN, typed, wants_silence=True)
    return request


def _keyword(core: Words, known: Mapping[Words, str], typed: str, pack: Pack, places: Gazetteer) -> SmsRequest | None:
    """The request of the keyword at the beginning; None for a message without a keyword."""
    if core in CHOICES:
        return SmsRequest(Meaning.CHOICE, core[0])
    spot = leading_keyword(core, known)
    if spot is None:
        return _slip(core, known, typed)
    meaning, behind = Meaning(spot[0]), spot[1]
    if not behind and meaning is Meaning.HELP and CRIED in typed:
        return SmsRequest(Meaning.CONCERN, typed, SmsRequest(meaning))
    if not behind:
        return SmsRequest(meaning)
    if request := _with_argument(meaning, behind, pack, places):
        return request
    form = _FORM_OF.get(meaning) if len(core) <= LONGEST_WITH_FORM else None
    return SmsRequest(Meaning.CONCERN, typed, SmsRequest(form) if form else None)


def _with_argument(meaning: Meaning, behind: Words, pack: Pack, places: Gazetteer) -> SmsRequest | None:
    """A keyword with its own argument: a reference, a known place, a language, a code. None for any other words."""
    match meaning:
        case Meaning.FOLLOW:
            return _followed(behind)
        case Meaning.COMMITTEE:
            spot = _place(behind, pack, places)
            return SmsRequest(meaning, spot.id) if spot else _followed(behind)
        case Meaning.LANGUAGE:
            for language in pack.languages.values():
                if behind in [said_words(name) for name in (language.code, language.name, *language.called)]:
                    return SmsRequest(meaning, language.code)
        case Meaning.FORGET:
            code = "".join(behind)
            if code.isdecimal() and code.isascii() and len(code) <= LONGEST_CODE:
                return SmsRequest(meaning, code)
    return None


def _followed(behind: Words) -> SmsRequest | None:
    """The reference to follow, without one where it is mistyped; None when words stand there instead."""
    typed = leading_reference(" ".join(behind))
    return SmsRequest(Meaning.FOLLOW, typed.reference or "") if typed and not typed.behind else None


def _place(behind: Words, pack: Pack, places: Gazetteer) -> Spot | None:
    """The place that is named and nothing else, a small word before it or not: `CCS de Banconi`."""
    small = pack.lexicon.place_of | pack.lexicon.place_before
    while behind:
        if spots := places.exactly(key_of(behind)):
            return spots[0]
        numbered = places.commune_numbered(behind)
        if numbered and numbered[1] == 0 and len(behind) <= 2:
            return numbered[0]
        if behind[0] not in small:
            return None
        behind = behind[1:]
    return None


def _slip(core: Words, known: Mapping[Words, str], typed: str) -> SmsRequest | None:
    """The request of a single word that is one mistake away from a keyword: `SUVI`, `AIED`. SUIVI may have a reference.

    The keyword that erases is never guessed. A word like `Aidez` may be a call for help, so it is also a concern.
    """
    if not core:
        return None
    for key, meaning in known.items():
        # `SUIVI7K4Q`
        if meaning == Meaning.FOLLOW and core[0].startswith(key[0]):
            followed = _followed((core[0].removeprefix(key[0]), *core[1:]))
            if followed and followed.about:
                return followed
    near = {
        meaning
        for key, meaning in known.items()
        if len(key) == 1 and len(key[0]) >= SHORTEST_NEAR and key[0][0] == core[0][0]
        and meaning != Meaning.FORGET and OSA.distance(core[0], key[0]) == 1
    }  # fmt: skip
    if Meaning.FOLLOW in near and len(core) > 1:
        followed = _followed(core[1:])
        return followed if followed and followed.about else None
    if len(core) > 1 or len(near) != 1:
        return None
    meaning = Meaning(near.pop())
    if meaning is Meaning.HELP:
        return SmsRequest(Meaning.CONCERN, typed, SmsRequest(Meaning.HELP))
    return SmsRequest(meaning)


def _keywords(pack: Pack) -> dict[Words, str]:
    tables = (language.keys for language in pack.languages.values())
    return {key: meaning for key, meaning in keywords(tables).items() if meaning != NO_MORE}


@dataclass(frozen=True, slots=True)
class CommuneAnswer:
    """The place that answers "which commune?". If the message `says_more`, its words are a concern as well."""

    spot: Spot
    says_more: bool = False


def commune_answered(text: str, triage: Triage) -> CommuneAnswer | None:
    """The answer to "which commune?", or None when the message is something else.

    `Attaque à Mopti` is something else: it names a place, and it is a call for help.
    """
    spot = only_place(text, triage)
    if spot is None:
        return None
    reading = triage.read(text)
    if reading.category != OTHER or reading.urgency is not Urgency.ROUTINE or triage.speaks_of_danger(text):
        return None if _says_more(text, triage) else CommuneAnswer(spot)
    return CommuneAnswer(spot, _says_more(text, triage))


def _says_more(text: str, triage: Triage) -> bool:
    """Whether a message has words beside a place that are no words for a place, such as `quartier`, and no courtesy."""
    pack, tokens = triage.where.pack, triage.parts(text).tokens
    lexicon = pack.lexicon
    small = lexicon.place_of | lexicon.place_before | lexicon.place_nouns | lexicon.place_after | lexicon.wider_before
    phrases = (*lexicon.lies, *lexicon.comes_from, *lexicon.no_matter[NoMatter.GREETING])
    small |= {word for phrase in phrases for word in phrase.split()}
    spoken = tuple(token for token in tokens if token.isalpha() and len(token) > 1)
    left = tuple(word for word in without_courtesy(spoken, pack) if word not in small)
    return bool(left) and not triage.places.exactly(key_of(left))


def only_place(text: str, triage: Triage) -> Spot | None:
    """The only place in a message of a few words."""
    tokens = words(clean(text))
    if not 0 < len(tokens) <= LONGEST_PLACE:
        return None
    spots = triage.places.find(clean(text))
    if spots and len({spot.commune for spot in spots}) == 1:
        return spots[0]
    reading = triage.where.read(clean(text))
    return reading.spots[0] if reading and len(reading.spots) == 1 else None
