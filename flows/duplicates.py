"""Whether two messages of one person say the same: somebody who repeats a report has one concern, not two."""

from __future__ import annotations

from rapidfuzz import fuzz

from flows.triage.spelling import words

ALIKE = 92
"""The least rapidfuzz ratio (0 to 100) of the plain words of two messages that say the same."""


def says_the_same(one: str, other: str) -> bool:
    """Whether two texts differ by no more than a letter or an accent.

    Messages with different figures are different, and two texts without a word are never the same.
    """
    first, second = words(one), words(other)
    if not first or not second or _figures(first) != _figures(second):
        return False
    return fuzz.ratio(" ".join(first), " ".join(second)) >= ALIKE


def _figures(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token.isdecimal()]
