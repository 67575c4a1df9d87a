"""Groups similar texts from many numbers, such as a campaign or a rumour. They are marked, and never deleted."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from flows.triage.spelling import words

SHORTEST_WORD = 4
FEWEST_WORDS = 4
LIKE = 0.7
"""The least share of common words (of all words of both texts) for two texts to be similar."""


def fingerprint(text: str) -> frozenset[str]:
    """The plain words of a text that are long enough; empty if there are too few."""
    kept = frozenset(word for word in words(text) if len(word) >= SHORTEST_WORD and not word.isdecimal())
    return kept if len(kept) >= FEWEST_WORDS else frozenset()


def group_like(fingerprints: Sequence[frozenset[str]]) -> list[list[int]]:
    """Groups of similar texts, as positions; each text is similar to the most frequent one of its group.

    Empty fingerprints are in no group. A text is compared only with texts that share one of its rarest words: if seven
    tenths of the words of two texts are common, the rarest words of one cannot all be missing in the other.
    """
    times = Counter(fingerprint for fingerprint in fingerprints if fingerprint)
    common = Counter(word for fingerprint in times for word in fingerprint)
    leaders: dict[str, list[frozenset[str]]] = defaultdict(list)
    leader_of: dict[frozenset[str], frozenset[str]] = {}
    for fingerprint, _ in times.most_common():
        rarest_first = sorted(fingerprint, key=lambda word: (common[word], word))
        telling = rarest_first[: len(fingerprint) - math.ceil(LIKE * len(fingerprint)) + 1]
        near = (group for word in telling for group in leaders[word] if _share(group, fingerprint) >= LIKE)
        leader = next(near, None)
        if leader is None:
            leader = fingerprint
            for word in telling:
                leaders[word].append(fingerprint)
        leader_of[fingerprint] = leader
    groups: dict[frozenset[str], list[int]] = defaultdict(list)
    for at, fingerprint in enumerate(fingerprints):
        if fingerprint:
            groups[leader_of[fingerprint]].append(at)
    return list(groups.values())


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both)
