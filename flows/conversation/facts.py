"""The facts that the gateway gives a conversation: what is known of the caller, and the answers to effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

HAS_PIN, NEW = "has_pin", "new"
"""Values of `secretary`: with a PIN, and without one yet."""
PIN_IS_RIGHT = "right"


@dataclass(frozen=True, slots=True)
class CommitteeFacts:
    """The committee that hears a commune: `own` if it is the commune's, `month` how many people reported last month,
    where that may be told, `decided` its last decisions."""

    own: bool
    commune: str
    name: str
    meeting: str
    month: int | None
    decided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one session. A fact that is unknown or was not asked for has its default."""

    language: str | None = None
    usual: str | None = None
    """The place that the caller reported from last (`commune|place`)."""
    asked: bool = False
    """Whether the caller was asked in an earlier session if they may be answered."""
    secretary: str | None = None
    often: tuple[str, ...] = ()
    """The categories that the caller's commune reports most."""
    muted: bool = False
    wants_news: bool = False
    draft: tuple[str, Mapping[str, Any]] | None = None
    """The report that was cut off: its screen and its answers."""
    reports: tuple[tuple[str, str, str], ...] = ()
    """Day, state and what it is about, of each of the caller's reports."""
    report: tuple[str, str, str, str] | str | None = None
    """Reference, state, what it is about and the answer; `effects.TOO_MANY` after too many wrong references."""
    committee: CommitteeFacts | None = None
    agenda: tuple[tuple[str, str, int, bool], ...] = ()
    """Reference, label, count and whether it is urgent, of each item."""
    item: str | None = None
    pin: str | None = None
    done: str | None = None
    keeps_role: bool = False
    reference: str | None = None
    meeting: str | None = None
    limit: int | None = None

    def of_caller(self) -> Facts:
        """Only the facts that were known when the session began, without the answers to effects."""
        return Facts(
            self.language, self.usual, self.asked, self.secretary, self.often, self.muted, self.wants_news
        )  # fmt: skip

    def encode(self) -> dict[str, Any]:
        """JSON values, without what has its default."""
        told = {name: value for name in _DEFAULTS if (value := getattr(self, name)) != _DEFAULTS[name]}
        return told if self.committee is None else told | {"committee": asdict(self.committee)}

    @staticmethod
    def decode(told: dict[str, Any]) -> Facts:
        """The facts in these JSON values. Raises `TypeError` if another release kept them."""
        if committee := told.get("committee"):
            told["committee"] = CommitteeFacts(**committee)
        return Facts(**told)


_DEFAULTS = {field.name: field.default for field in fields(Facts)}
