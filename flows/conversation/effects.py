"""What a conversation wants done. Data only: the gateway carries it out, and doing it twice is doing it once."""

from __future__ import annotations

from dataclasses import dataclass, field

TOO_MANY = "too many"
"""The answer to a look-up of a `report` after too many wrong references."""


@dataclass(frozen=True, slots=True)
class RememberLanguage:
    """This number speaks `language` from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class FileConcern:
    """A report, as the citizen told it. Answered with `reference` and `meeting`, or with `limit`."""

    danger: bool
    category: str
    commune: str
    place: str | None
    words: str
    answerable: bool


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Keeps the unfinished report, so that the caller can go on after the session was cut off."""


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Drops the unfinished report."""


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Erases everything that is tied to this number."""


@dataclass(frozen=True, slots=True)
class AllowMessages:
    """STOP (`allowed` false) and START."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class WantNews:
    """Whether this number agrees to announcements of its committee."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question to what is kept: the days and states of this number's `reports`, a `report` by reference, a
    `committee` by commune, a secretary's `agenda`, an `item` of it by reference."""

    what: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Answered with `pin`: right, wrong or locked. The PIN stands here alone, never in a session or a log."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChoosePin:
    """A secretary's first PIN."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ActOnItem:
    """An act of a secretary on an agenda item: accept, postpone, pass or close. Answered with `done`."""

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
