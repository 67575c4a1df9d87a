"""Shares with the bounds between which they lie 95 times in a hundred."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

ENOUGH_WRITERS = 5
"""From so many writers on, the bounds come from drawing writers anew: messages of one writer are right or wrong
together, and the next stranger is one more writer. With fewer they are Wilson's, which draw messages."""
DRAWS = 2000
SEED = 2026
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many were right, from 0 to 1, and its 95 % bounds."""

    right: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return round(self.right / self.of, 4)


def share(outcomes: Iterable[tuple[str, bool]]) -> Share | None:
    """Of (writer, right) pairs; None where there are none."""
    counts: dict[str, list[int]] = {}
    for writer, is_right in outcomes:
        count = counts.setdefault(writer, [0, 0])
        count[0] += is_right
        count[1] += 1
    right, of = (sum(count[at] for count in counts.values()) for at in (0, 1))
    if not of:
        return None
    low, high = _drawn(list(counts.values())) if len(counts) >= ENOUGH_WRITERS else _wilson(right, of)
    return Share(right, of, round(low, 4), round(high, 4))


def _drawn(counts: list[list[int]]) -> tuple[float, float]:
    drawn = np.random.default_rng(SEED).integers(0, len(counts), (DRAWS, len(counts)))
    sums = np.array(counts)[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    return float(low), float(high)


def _wilson(right: int, of: int) -> tuple[float, float]:
    p, z = right / of, _Z**2 / of
    middle, reach = (p + z / 2) / (1 + z), _Z / (1 + z) * math.sqrt(p * (1 - p) / of + z / (4 * of))
    return max(0.0, middle - reach), min(1.0, middle + reach)
