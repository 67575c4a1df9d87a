"""The effects of a conversation, as data. The gateway applies them; applying one twice has the same result as once."""

from __future__ import annotations

from dataclasses import dataclass, field

TOO_MANY = "too many"
"""The answer to a look-up of a `report` after too many wrong references."""


@dataclass(frozen=True, slots=True)
class RememberLanguage:
    """Sets the language of this number."""

    language: str


@dataclass(frozen=True, slots=True)
class FileConcern:
    """Files a report. The answer is the facts `reference` and `meeting`, or `limit`."""

    danger: bool
    category: str
    commune: str
    place: str | None
    words: str
    answerable: bool


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Keeps the unfinished report as a draft, so that the caller can continue after the session was cut off."""


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Drops the unfinished report."""


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Erases everything that is tied to this number."""


@dataclass(frozen=True, slots=True)
class AllowMessages:
    """Turns SMS to this number off (STOP, `allowed` false) or on (START)."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class WantNews:
    """Whether this number agrees to announcements of its committee."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class LookUp:
    """Looks up data: the days and states of this number's `reports`, a `report` by reference, a `committee` by commune,
    a secretary's `agenda`, or an `item` of it by reference."""

    what: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Checks a PIN. The answer is the fact `pin`: right, wrong or locked. A PIN is never in a session or a log."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChoosePin:
    """Sets a secretary's first PIN."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ActOnItem:
    """An act of a secretary on an agenda item: accept, postpone, pass or close. The answer is the fact `done`."""

    act: str
    reference: str
    about: str = ""


Effect = (
    KeepDraft
    | DropDraft
    | CheckPin
    | ChoosePin
    | ActOnItem
    | RememberLanguage
    | FileConcern
    | ForgetPerson
    | AllowMessages
    | WantNews
    | LookUp
)
