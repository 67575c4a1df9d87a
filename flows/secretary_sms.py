"""What a secretary's SMS asks for: AGENDA, VOIR, OK, REPORTER, CLORE, PASSER, REUNION, PIN."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from config.pack import Pack
from flows.machine import clean
from flows.references import read_reference
from flows.secretary import SERVICES, is_pin
from flows.triage.spelling import plain, words

USUAL_TIME = time(9, 0)
_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}))?(?:\s+(\d{1,2})[:hH](\d{2})?)?")


class Command(StrEnum):
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
    """A command with its reference and what stands behind it; `right` is false where its form is wrong.

    `about` is the answer of CLORE, the service of PASSER, the rest of the others.
    """

    command: Command
    reference: str = ""
    about: str = ""
    right: bool = True


def read_command(text: str, pack: Pack) -> SecretaryRequest | None:
    """The command of a secretary's message, or None when it is a citizen's after all."""
    said = clean(text)
    parts = said.split()
    if not parts:
        return None
    if len(parts) == 1 and is_pin(parts[0]):
        return SecretaryRequest(Command.PIN, about=parts[0])
    command = _keyword(parts[0], pack)
    if command is None:
        return None
    rest = parts[1:]
    match command:
        case Command.AGENDA:
            return SecretaryRequest(command) if not rest else None
        case Command.PIN:
            return SecretaryRequest(command, about=" ".join(rest), right=bool(rest) and all(map(is_pin, rest[:2])))
        case Command.MEETING:
            return SecretaryRequest(command, about=" ".join(rest), right=bool(_DAY.fullmatch(" ".join(rest))))
    reference, behind = _reference(rest)
    if reference is None:
        # `ok merci` and `voir la police` are sentences; a command's word beside a mistyped reference is a mistake.
        mistyped = bool(rest) and len(rest) <= 2 and any(char.isdigit() for char in rest[0])
        return SecretaryRequest(command, right=False) if mistyped or not rest else None
    about = " ".join(behind)
    right = {
        Command.CLOSE: bool(about),
        Command.PASS: _service(about, pack) is not None,
    }.get(command, not behind)
    return SecretaryRequest(
        command, reference, (_service(about, pack) or "") if command is Command.PASS else about, right
    )


def read_day(text: str, now: datetime) -> datetime | None:
    """The moment of `12/12`, `12/12/2026` or `12/12 10:00` (in `now`'s zone), the next such day; None for no day."""
    found = _DAY.fullmatch(text.strip())
    if not found:
        return None
    day, month, year, hour, minute = found.groups()
    at = time(int(hour), int(minute or 0)) if hour and int(hour) < 24 and int(minute or 0) < 60 else USUAL_TIME
    for candidate in [int(year)] if year else [now.year, now.year + 1]:
        try:
            moment = datetime.combine(date(candidate, int(month), int(day)), at, now.tzinfo)
        except ValueError:
            continue
        if moment > now:
            return moment
    return None


def _keyword(word: str, pack: Pack) -> Command | None:
    said = plain(word).strip(".,:!")
    for language in pack.languages.values():
        for command, keys in language.secretary_keys.items():
            if said in {plain(key) for key in keys}:
                return Command(command)
    return None


def _reference(rest: list[str]) -> tuple[str | None, list[str]]:
    """`CCS-7K4Q`, `7k4q` or `CCS 7K4Q` and what stands behind it."""
    for width in (1, 2):
        if len(rest) >= width and (reference := read_reference(" ".join(rest[:width]))):
            return reference, rest[width:]
    return None, rest


def _service(text: str, pack: Pack) -> str | None:
    """The service of a name in any of the pack's languages, or of its id."""
    said = words(text)
    for service in SERVICES:
        names = {service, *(language.services[service] for language in pack.languages.values())}
        if said and said in [words(name) for name in names]:
            return service
    return None
