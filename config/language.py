"""The texts and keywords of one language of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Language:
    """The words of the phone in one language; `keys` and `secretary_keys` are the SMS keywords by meaning.

    A category that left the pack is called as `other` is, a service by its code (`config.pack.left`).
    """

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
    """Words that may be beside a keyword, such as thanks, without making it a sentence."""
    called: tuple[str, ...] = ()
    """Other names of the language."""
    ready_answers: Mapping[str, str] = field(default_factory=dict)
    """Frequent answers, mostly to questions, by a short name."""
    day_words: tuple[str, ...] = ()
    """Words that people use for a day: a secretary who writes one is told how to write a date."""

    def say(self, key: str, **values: object) -> str:
        """The text under `key` with its places filled; the pack's check guarantees that both exist."""
        return self.texts[key].format(**values).rstrip()

    def say_count(self, key: str, count: int, **values: object) -> str:
        """The text of a number of things: the one under `<key>.one` for one, or none."""
        return self.say(key if count > 1 else f"{key}.one", count=count, **values)

    def state(self, state: str, about: str = "") -> str:
        """The text of a concern's state; `about` is the day of a meeting, or the service or level that has it."""
        return self.states[state].format(meeting=about, to=self.services.get(about, about))
