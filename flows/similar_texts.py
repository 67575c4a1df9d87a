"""Like texts from many numbers: somebody's campaign, or a rumour. It is shown as such, and never thrown away."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from flows.triage.spelling import words

SHORTEST_WORD = 4
FEWEST_WORDS = 4
LIKE = 0.7
"""Part of the words of two texts that both have, from which they are like: of six words one may be another."""


def fingerprint(text: str) -> frozenset[str]:
    """The words that count, spelling aside; empty for a text that says too little."""
    kept = frozenset(word for word in words(text) if len(word) >= SHORTEST_WORD and not word.isdecimal())
    return kept if len(kept) >= FEWEST_WORDS else frozenset()


def group_like(fingerprints: Sequence[frozenset[str]]) -> list[list[int]]:
    """Groups of like texts, as positions; each is like the commonest of its group. Empty ones are in none.

    A text is held against those alone that share one of its rarest words: of two sets of which seven tenths are
    common, the rarest few of each cannot all be missing in the other.
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
