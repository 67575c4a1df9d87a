"""What a message is about and of what kind it is, by the words of the lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.pack import Pack
from flows.triage.lexicon import WordList


class Kind(StrEnum):
    CONCERN = "concern"
    PROPOSAL = "proposal"
    QUESTION = "question"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class CategoryReading:
    """`confidence` is the share of the evidence that speaks for the category, 0 when there is none."""

    category: str
    kind: Kind
    confidence: float
    words: tuple[str, ...]


class CategoryReader:
    def __init__(self, pack: Pack) -> None:
        self._categories = WordList({name: words for name, words in pack.lexicon.categories.items() if name != "other"})
        self._kinds = WordList(pack.lexicon.kinds)

    def read(self, tokens: Sequence[str]) -> CategoryReading:
        """Words side by side count more than one alone: `la tape` says more than `tape`."""
        kind, kind_words = self._kind(tokens)
        hits = self._categories.hits(tokens)
        weights = {name: sum(1.0 + (" " in word) for word in set(found)) for name, found in hits.items()}
        if kind in (Kind.THANKS, Kind.PROPOSAL) or not weights:
            # Thanks name what has got better, proposals what is missing: neither is a report of it.
            sure = 0.8 if kind_words else 0.0
            return CategoryReading("other", kind, sure, kind_words)
        best = max(weights, key=lambda name: weights[name])
        share = weights[best] / (sum(weights.values()) + 0.5)
        return CategoryReading(best, kind, share, tuple(dict.fromkeys(hits[best])))

    def _kind(self, tokens: Sequence[str]) -> tuple[Kind, tuple[str, ...]]:
        hits = self._kinds.hits(tokens)
        for kind in (Kind.THANKS, Kind.PROPOSAL):
            if hits.get(kind):
                return kind, tuple(hits[kind])
        if "?" in hits.get(Kind.QUESTION, ()):
            return Kind.QUESTION, tuple(hits[Kind.QUESTION])
        return Kind.CONCERN, ()
