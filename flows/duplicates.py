"""Whether somebody says the same again: a nervous second try is one concern, not two."""

from __future__ import annotations

from rapidfuzz import fuzz

from flows.triage.spelling import words

ALIKE = 92
"""rapidfuzz ratio (0 to 100) of the plain words of two messages from which they say the same."""


def says_the_same(one: str, other: str) -> bool:
    """Two texts that differ by a letter or an accent; not by a figure, and not two without a word."""
    first, second = words(one), words(other)
    if not first or not second or _figures(first) != _figures(second):
        return False
    return fuzz.ratio(" ".join(first), " ".join(second)) >= ALIKE


def _figures(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token.isdecimal()]
