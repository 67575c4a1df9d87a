"""What a message is about and of what kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

OTHER = "other"
"""The category of thanks, questions and proposals: they name what has got better, or what is missing."""


class Kind(StrEnum):
    CONCERN = "concern"
    PROPOSAL = "proposal"
    QUESTION = "question"
    THANKS = "thanks"


def decide(categories: Mapping[str, float], kinds: Mapping[str, float]) -> tuple[str, Kind, float]:
    """The category, the kind and how sure the category is (0 to 1).

    `other` is as likely as it is by itself or as the message is no concern, whichever is more.
    """
    kind = Kind(max(kinds, key=lambda name: kinds[name]))
    no_concern = 1 - kinds.get(Kind.CONCERN, 0.0)
    if kind is not Kind.CONCERN:
        return OTHER, kind, max(no_concern, categories[OTHER])
    best = max(categories, key=lambda name: categories[name])
    return best, kind, categories[best]
