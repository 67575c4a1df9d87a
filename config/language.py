"""The texts of one language of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Language:
    """The words of the phone in one language; `keys` and `secretary_keys` are the SMS keywords by meaning."""

    code: str
    name: str
    reviewed_by: str | None
    reviewed_on: date | None
    texts: Mapping[str, str]
    categories: Mapping[str, str]
    services: Mapping[str, str]
    states: Mapping[str, str]
    keys: Mapping[str, tuple[str, ...]]
    secretary_keys: Mapping[str, tuple[str, ...]]
    beside: tuple[str, ...] = ()
    """What may stand beside a keyword without making a sentence of it."""
    called: tuple[str, ...] = ()
    """Other names of the language."""
    ready_answers: Mapping[str, str] = field(default_factory=dict)
    """Answers that are given often, by a short name: to questions above all."""
    day_words: tuple[str, ...] = ()
    """Words that people use for a day: a secretary who writes one is told how to write a date."""

    def say(self, key: str, **values: object) -> str:
        """The text under `key` with its places filled; the pack's check guarantees that both exist."""
        return self.texts[key].format(**values).rstrip()

    def say_count(self, key: str, count: int, **values: object) -> str:
        """The text of a number of things: the one under `<key>.one` for one, or none."""
        return self.say(key if count > 1 else f"{key}.one", count=count, **values)

    def state(self, state: str, about: str = "") -> str:
        """Where a concern stands; `about` is the day of a meeting, or the service or level that it went to."""
        return self.states[state].format(meeting=about, to=self.services.get(about, about))
