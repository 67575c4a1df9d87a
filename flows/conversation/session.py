"""One person's USSD session as a small immutable value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.conversation.facts import Facts

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""Made once: `json.dumps` would make one for each session."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person's session at one moment.

    `screen` names where they are, with its argument behind a colon. `answers` is what they chose, `facts` what
    the gateway told, `trail` the screens that Back leads through. `heard` is the length of what
    the provider had sent when this session was kept, `heard_mark` its checksum. `notice` is the line that says
    why a screen is shown again: a text's key and what it is about. `run` tells this session from the others that came
    under the same id and number.
    """

    screen: str
    language: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    trail: tuple[str, ...] = ()
    page: int = 0
    notice: tuple[str, str] | None = None
    heard: int = 0
    heard_mark: int = 0
    run: str = ""

    def encode(self) -> bytes:
        """Under 1 kB of JSON for any session."""
        values = [
            self.screen, self.language, self.answers, self.facts.encode(), self.trail, self.page, self.notice,
            self.heard, self.heard_mark, self.run,
        ]  # fmt: skip
        return _COMPACT.encode(values).encode()

    @staticmethod
    def decode(kept: bytes) -> Session:
        """The session in this JSON. Raises `ValueError` or `TypeError` if another release kept it."""
        screen, language, answers, facts, trail, page, notice, heard, heard_mark, *run = json.loads(kept)
        return Session(
            screen, language, answers, Facts.decode(facts), tuple(trail), page, tuple(notice) if notice else None,
            heard, heard_mark, *run,
        )  # fmt: skip
