"""What a secretary's SMS asks for: AGENDA, VOIR, OK, REPORTER, CLORE, PASSER, REUNION, PIN."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from config.pack import Pack
from flows.conversation.machine import clean
from flows.conversation.secretary import is_pin
from flows.references import leading_reference
from flows.sms.keywords import Words, from_the_keyword_on, keywords, leading_keyword, said_words, without_courtesy
from flows.triage.spelling import plain, words

INVITATION_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
INVITATION_LENGTH = 8
"""Of the code that `gateway people add-secretary` prints, a hyphen in its middle; easy to say, hard to guess."""
USUAL_TIME = time(9, 0)
_DAY = re.compile(
    r"(?:le )?(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}))?(?:,? (?:a |vers )?(\d{1,2}) ?(?:[:h]|heures?) ?(\d{2})?)?"
)
_HEAD = re.compile(r"[\W_]*([^\W\d_]+)[\s:.,;\-]*(.*)", re.DOTALL)
_SMALL_WORDS = frozenset({"a", "au", "la", "le", "l"})
"""`PASSER 7K4Q à la police`"""
_EDGES = " \t\n\"'«»“”‘’"


class Command(StrEnum):
    """What a secretary's SMS may ask for."""

    AGENDA = "agenda"
    VIEW = "view"
    ACCEPT = "accept"
    POSTPONE = "postpone"
    CLOSE = "close"
    PASS = "pass"
    MEETING = "meeting"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class SecretaryRequest:
    """A command with its reference and its argument; `right` is false if its form is wrong.

    `reference` is empty if it is mistyped. `about` is the answer of CLORE, the service of PASSER, or whatever follows
    another command. `concern` is the whole message if the command word only begins a sentence: that message is filed,
    and the sender is told the right form as well.
    """

    command: Command
    reference: str = ""
    about: str = ""
    right: bool = True
    concern: str = ""


def is_invitation(typed: str) -> bool:
    """Whether a word has the form of an invitation code: letters and digits of its alphabet, of its length."""
    letters_and_digits = any(map(str.isdigit, typed)) and any(map(str.isalpha, typed))
    return len(typed) == INVITATION_LENGTH and letters_and_digits and set(typed) <= set(INVITATION_ALPHABET)


def read_command(text: str, pack: Pack) -> SecretaryRequest | None:
    """The command of a secretary's message, or None when it is a citizen's after all."""
    request = _read(text, pack)
    if request and request.concern and request.command is not Command.PIN:
        return replace(request, concern=clean(text))
    return request


def _read(text: str, pack: Pack) -> SecretaryRequest | None:
    wording = from_the_keyword_on(clean(text).strip(_EDGES), pack)
    core = without_courtesy(said_words(wording), pack)
    if len(core) == 1 and is_pin(core[0]):
        return SecretaryRequest(Command.PIN, about=core[0])
    known = keywords(language.secretary_keys for language in pack.languages.values())
    if match := leading_keyword(core, known):
        command = Command(match[0])
        match command:
            case Command.AGENDA:
                return SecretaryRequest(command) if not match[1] else _sentence(command, wording)
            case Command.PIN:
                return _pin(match[1])
            case Command.MEETING:
                return _meeting(match[1], wording, pack)
    head = _HEAD.fullmatch(wording)
    if head is None:
        return None
    if meaning := known.get((plain(head[1]),)):
        return _about_a_reference(Command(meaning), head[2], wording, pack)
    for key, meaning in known.items():
        # `OKCCS-7K4Q`, `okYW32`
        if len(key) == 1 and plain(wording).startswith(key[0]):
            rest = wording[len(key[0]) :]
            if (typed := leading_reference(rest)) and typed.reference:
                return _about_a_reference(Command(meaning), rest, wording, pack)
    return None


def _sentence(command: Command, typed: str) -> SecretaryRequest:
    return SecretaryRequest(command, right=False, concern=typed)


def _pin(behind: Words) -> SecretaryRequest:
    """One PIN, or the old one (or an invitation) and the new. A sentence behind it is kept without the PIN."""
    if 0 < len(behind) <= 2 and all(map(is_pin, behind)):
        return SecretaryRequest(Command.PIN, about=" ".join(behind))
    invitation = "".join(behind[:-1])
    if is_invitation(invitation) and is_pin(behind[-1]):
        return SecretaryRequest(Command.PIN, about=f"{invitation} {behind[-1]}")
    sentence = [word for word in behind if not word.isdecimal()]
    concern = " ".join(sentence) if len(sentence) > 1 else ""
    return SecretaryRequest(Command.PIN, right=False, concern=concern)


def _meeting(behind: Words, typed: str, pack: Pack) -> SecretaryRequest:
    """A day and perhaps an hour; words that only name a day in another way are told the form."""
    head = _HEAD.fullmatch(typed)
    day = _written_day(head[2] if head else "", pack)
    if day is not None:
        return SecretaryRequest(Command.MEETING, about=day)
    named = {said_words(word) for language in pack.languages.values() for word in language.day_words}
    of_a_day = all((word,) in named or any(map(str.isdigit, word)) for word in behind)
    return SecretaryRequest(Command.MEETING, right=False, concern="" if of_a_day else typed)


def _written_day(rest: str, pack: Pack) -> str | None:
    """The day that is written, in the form that `read_day` reads; courtesy around it does not count."""
    courtesy = {
        plain(word) for language in pack.languages.values() for courtesy in language.beside for word in courtesy.split()
    }
    kept = " ".join(word for word in plain(rest).split() if word.strip(".,;!") not in courtesy)
    day = kept.strip(" .,;:!?\"'«»“”")
    return day if _DAY.fullmatch(day) else None


def _about_a_reference(command: Command, rest: str, wording: str, pack: Pack) -> SecretaryRequest:
    typed = leading_reference(rest)
    behind = without_courtesy(said_words(typed.behind if typed else rest), pack)
    if typed is None:
        # `voir la police` is a sentence; a command's word beside a code that is too short is a mistake.
        mistyped = len(behind) <= 2 and all(any(map(str.isdigit, word)) for word in behind)
        return SecretaryRequest(command, right=False) if mistyped else _sentence(command, wording)
    reference = typed.reference or ""
    if command is Command.CLOSE:
        if typed.is_number and not reference and behind:
            return _sentence(command, wording)
        return SecretaryRequest(command, reference, typed.behind, bool(typed.behind))
    if command is Command.PASS:
        while behind and behind[0] in _SMALL_WORDS:
            behind = behind[1:]
        service = _service(behind, pack)
        if service is None and len(behind) > 1:
            return _sentence(command, wording)
        return SecretaryRequest(command, reference, service or "", service is not None)
    return SecretaryRequest(command, reference) if not behind else _sentence(command, wording)


def read_day(text: str, now: datetime) -> datetime | None:
    """The moment of `12/12`, `12/12/2026`, `12/12 10:00` or `12/12 à 10h` (in `now`'s zone), the next such day.

    None for what is no day to come, or no hour of one.
    """
    match = _DAY.fullmatch(plain(text).strip())
    if not match:
        return None
    day, month, year, hour, minute = match.groups()
    try:
        at = time(int(hour), int(minute or 0)) if hour else USUAL_TIME
    except ValueError:
        return None
    for candidate in [int(year)] if year else [now.year, now.year + 1]:
        try:
            moment = datetime.combine(date(candidate, int(month), int(day)), at, now.tzinfo)
        except ValueError:
            continue
        if moment > now:
            return moment
    return None


def _service(spoken: Words, pack: Pack) -> str | None:
    """The service of a name in any of the pack's languages, or of its id."""
    for service in pack.services:
        names = {service, *(language.services[service] for language in pack.languages.values())}
        if spoken and spoken in [tuple(words(name)) for name in names]:
            return service
    return None
