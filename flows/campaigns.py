"""Like texts from many numbers: somebody's campaign, or a rumour. It is shown as such, and never thrown away."""

from __future__ import annotations

from flows.triage.spelling import words

SHORTEST_WORD = 4
FEWEST_WORDS = 4
FEWEST_NUMBERS = 10
"""Numbers from which the same words within a day are a campaign."""


def fingerprint(text: str) -> str | None:
    """The same for texts of the same words in any order, spelling aside; None for one that says too little."""
    kept = sorted({word for word in words(text) if len(word) >= SHORTEST_WORD and not word.isdecimal()})
    return " ".join(kept) if len(kept) >= FEWEST_WORDS else None
