"""Titles of agenda items, made from category, place and the pack's words, never from a citizen's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from config.language import Language
from config.pack import Pack
from config.pack.subjects import Subject
from flows.triage.category import OTHER, Kind

LONGEST_TITLE = 100
"""Characters of a title that somebody writes."""
WEEKS_FROM, MONTHS_FROM = timedelta(days=14), timedelta(days=60)
"""The lengths from which a period is given in weeks, and in months."""


class Titled(Protocol):
    """The values from which a title is made; stored and ranked agenda items have them."""

    @property
    def category(self) -> str: ...
    @property
    def commune(self) -> str: ...
    @property
    def place(self) -> str | None: ...
    @property
    def kind(self) -> str: ...


def generated_title(
    pack: Pack, language: Language, item: Titled, subjects: Sequence[str] = (), with_commune: bool = True
) -> str:
    """`Vols de motos près de la mosquée, Lafiabougou, Commune IV`.

    `subjects` are the codes that its people share. A sensitive item is its category and place alone. `with_commune`
    leaves the commune's name away where a place is known, as on a phone.
    """
    sensitive = pack.categories[item.category].sensitive
    shared = [] if sensitive else list(subjects)
    known = pack.subjects.by_category
    # Triage reads proposals and questions as `other`, whatever they are about.
    if item.kind == Kind.CONCERN:
        named = known.get(item.category, ())
    else:
        named = tuple(subject for subjects_of_one in known.values() for subject in subjects_of_one)
    about = _first(shared, named, language) or language.categories[item.category]
    if landmark := _first(shared, pack.subjects.landmarks, language):
        about = f"{about} {landmark}"
    if not sensitive and item.kind in (Kind.PROPOSAL, Kind.QUESTION):
        is_known = item.category != OTHER or about != language.categories[OTHER]
        about = language.say(f"item.{item.kind}", about=about) if is_known else language.say(f"item.{item.kind}.plain")
    commune = pack.areas[item.commune].name
    where = [item.place, commune] if item.place and with_commune else [item.place or commune]
    return ", ".join([about, *filter(None, where)])


def messages_in(language: Language, count: int, age: timedelta) -> str:
    """`4 messages en 3 semaines`; `age` is the time between the first of them and the last."""
    messages = language.say_count("item.messages", count)
    if count < 2 or age < timedelta(days=1):
        return messages
    if age < WEEKS_FROM:
        period = language.say_count("item.days", age.days + 1)
    elif age < MONTHS_FROM:
        period = language.say_count("item.weeks", round(age.days / 7))
    else:
        period = language.say_count("item.months", round(age.days / 30))
    return f"{messages} {period}"


def _first(shared: Sequence[str], subjects: Sequence[Subject], language: Language) -> str:
    """The name of the subject that most people share."""
    names = {subject.code: subject.names for subject in subjects}
    return next((names[code].get(language.code, "") for code in shared if code in names), "")
