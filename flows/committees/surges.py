"""A sudden rise: far more reports of one category in one place within a day than that place usually has."""

from __future__ import annotations

from dataclasses import dataclass

TIMES = 3
"""How many times the usual rate is a surge."""
FLOOR = 5
"""The least number of reports within a day for a surge: two reports instead of none are no surge."""
BASELINE_DAYS = 28


@dataclass(frozen=True, slots=True)
class Rate:
    """Reports of one category in one place: those of the last 24 hours, and those of the 28 days before."""

    category: str
    commune: str
    place: str | None
    committee: str
    today: int
    before: int

    @property
    def usual(self) -> float:
        """Reports a day, averaged over the 28 days before."""
        return self.before / BASELINE_DAYS

    @property
    def is_surge(self) -> bool:
        """Whether today's reports are a sudden rise over the usual rate."""
        return self.today >= FLOOR and self.today >= TIMES * self.usual
