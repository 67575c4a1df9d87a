"""Decides the category and the kind of a message from the model's probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

OTHER = "other"
"""The category of thanks, questions and proposals, which are not about something that happened."""


class Kind(StrEnum):
    """Whether a message reports a concern, proposes, asks or thanks."""

    CONCERN = "concern"
    PROPOSAL = "proposal"
    QUESTION = "question"
    THANKS = "thanks"


def decide(categories: Mapping[str, float], kinds: Mapping[str, float]) -> tuple[str, Kind, float]:
    """The category, the kind and the confidence in the category (0 to 1).

    A message that is no concern is `other`, with the higher of two probabilities: of `other`, and of no concern.
    """
    kind = Kind(max(kinds, key=lambda name: kinds[name]))
    no_concern = 1 - kinds.get(Kind.CONCERN, 0.0)
    if kind is not Kind.CONCERN:
        return OTHER, kind, max(no_concern, categories[OTHER])
    best = max(categories, key=lambda name: categories[name])
    return best, kind, categories[best]
