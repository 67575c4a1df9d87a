"""What a conversation wants done. Data only: the gateway carries it out, and doing it twice is doing it once."""

from __future__ import annotations

from dataclasses import dataclass


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
class ForgetPerson:
    """Everything tied to this number goes."""


@dataclass(frozen=True, slots=True)
class AllowMessages:
    """STOP (`allowed` false) and START."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question to what is kept: `reports` of this number, a `report` by reference, a `committee` by commune."""

    what: str
    about: str = ""


Effect = RememberLanguage | FileConcern | ForgetPerson | AllowMessages | LookUp
