"""One person's USSD session as a small immutable value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Session:
    """One person's session at one moment.

    `screen` names where they are, with its argument behind a colon. `answers` is what they chose, `facts` what
    the gateway told (JSON values), `trail` the screens that Back leads through. `heard` is the length of what
    the provider had sent when this session was kept, `heard_mark` its checksum. `notice` is the line that says
    why a screen is shown again: a text's key and what it is about.
    """

    screen: str
    language: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    trail: tuple[str, ...] = ()
    page: int = 0
    notice: tuple[str, str] | None = None
    heard: int = 0
    heard_mark: int = 0

    def encode(self) -> bytes:
        """Under 1 kB of JSON for any session."""
        return json.dumps(
            [self.screen, self.language, self.answers, self.facts, self.trail, self.page, self.notice, self.heard,
             self.heard_mark],
            ensure_ascii=False, separators=(",", ":"),
        ).encode()  # fmt: skip

    @staticmethod
    def decode(kept: bytes) -> Session:
        screen, language, answers, facts, trail, page, notice, heard, heard_mark = json.loads(kept)
        notice_pair = tuple(notice) if notice else None
        return Session(screen, language, answers, facts, tuple(trail), page, notice_pair, heard, heard_mark)
