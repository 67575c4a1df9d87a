"""Shares with their 95 % confidence bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

ENOUGH_WRITERS = 5
"""With so many writers the bounds come from a bootstrap over writers, since the messages of one writer are often right
or wrong together. With fewer they are Wilson's, over messages."""
DRAWS = 2000
"""Samples of the bootstrap."""
SEED = 2026
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `of` outcomes were right; `low` and `high` are the 95 % bounds of the share, from 0 to 1."""

    right: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share from 0 to 1, to four digits."""
        return round(self.right / self.of, 4)


def share(outcomes: Iterable[tuple[str, bool]]) -> Share | None:
    """The share of right outcomes, given as (writer, is right); None if there are no outcomes."""
    counts: dict[str, list[int]] = {}
    for writer, is_right in outcomes:
        count = counts.setdefault(writer, [0, 0])
        count[0] += is_right
        count[1] += 1
    right, of = (sum(count[at] for count in counts.values()) for at in (0, 1))
    if not of:
        return None
    low, high = _bootstrap(list(counts.values())) if len(counts) >= ENOUGH_WRITERS else _wilson(right, of)
    return Share(right, of, round(low, 4), round(high, 4))


def _bootstrap(counts: list[list[int]]) -> tuple[float, float]:
    drawn = np.random.default_rng(SEED).integers(0, len(counts), (DRAWS, len(counts)))
    sums = np.array(counts)[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], (0.025, 0.975))
    return float(low), float(high)


def _wilson(right: int, of: int) -> tuple[float, float]:
    p, z = right / of, _Z**2 / of
    middle, reach = (p + z / 2) / (1 + z), _Z / (1 + z) * math.sqrt(p * (1 - p) / of + z / (4 * of))
    return max(0.0, middle - reach), min(1.0, middle + reach)
