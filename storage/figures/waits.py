"""Waits counted in buckets, so that percentiles of a year are read from the sums of its days.

The buckets are those of DDSketch (Masson, Rim and Lee, PVLDB 12, 2019): each is a fixed share wider than the one
before. A percentile read from them differs from the exact one by at most `ACCURACY` of its value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

ACCURACY = 0.02
GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
SHARES = (0.5, 0.9)
"""The percentiles that are shown."""
_LOG = math.log(GROWTH)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took: median and 90th percentile of `count` concerns; None if there are no concerns."""

    count: int
    median: timedelta | None
    ninetieth: timedelta | None


def delay_of(waits: Sequence[timedelta]) -> Delay:
    """The exact percentiles by the nearest-rank method: each is one of the observed delays."""
    ordered = sorted(waits)
    if not ordered:
        return Delay(0, None, None)
    return Delay(len(ordered), *(ordered[math.ceil(len(ordered) * share) - 1] for share in SHARES))


def bucket(wait: timedelta) -> int:
    """The bucket of a wait; waits of a second or less, and those of a clock that was set back, are in bucket 0."""
    seconds = wait.total_seconds()
    return math.ceil(math.log(seconds) / _LOG) if seconds > 1 else 0


def delay_of_buckets(counts: Mapping[int, int]) -> Delay:
    """As `delay_of` for the numbers of waits by bucket, within `ACCURACY`."""
    in_all = sum(counts.values())
    if not in_all:
        return Delay(0, None, None)
    ranks = [math.ceil(in_all * share) for share in SHARES]
    found: list[timedelta] = []
    seen = 0
    for number in sorted(counts):
        seen += counts[number]
        while len(found) < len(ranks) and ranks[len(found)] <= seen:
            found.append(_middle(number))
    return Delay(in_all, *found)


def _middle(number: int) -> timedelta:
    """The value that differs least, as a share of it, from all waits of a bucket."""
    return timedelta(seconds=2 * GROWTH**number / (GROWTH + 1))
