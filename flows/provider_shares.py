"""The share of the SMS that each provider carries: nearly all for the first while it is healthy, else less by steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 0.05
"""The least share of a provider: without any SMS, its recovery would not be seen."""
STEP = 0.1
"""The share that a recovered provider gains per minute, up to its usual share."""
FEWEST_TRIES, FEWEST_RECEIPTS = 3, 10
"""With fewer tries or receipts, a provider counts as healthy."""
MOST_REFUSED, MOST_LATE = 0.2, 0.7


@dataclass(frozen=True, slots=True)
class Health:
    """A provider's last ten minutes: tries and failed tries, receipts that were due and those that did not come."""

    tries: int = 0
    failed: int = 0
    due: int = 0
    late: int = 0

    @property
    def illness(self) -> int:
        """2 where it refuses, 1 where it is only silent afterwards, 0 where it is well."""
        if self.tries >= FEWEST_TRIES and self.failed > MOST_REFUSED * self.tries:
            return 2
        return int(self.due >= FEWEST_RECEIPTS and self.late > MOST_LATE * self.due)

    @property
    def is_ill(self) -> bool:
        """Whether messages should rather go to another provider."""
        return self.illness > 0


def usual_shares(order: Sequence[str]) -> dict[str, float]:
    """The least share for each provider but the first, which has the rest."""
    rest = LEAST * (len(order) - 1)
    return {name: 1 - rest if at == 0 else LEAST for at, name in enumerate(order)}


def next_shares(order: Sequence[str], now: Mapping[str, float], health: Mapping[str, Health]) -> dict[str, float]:
    """The shares a minute later. A provider that is ill loses half; those that are well get it, in their order.

    If none is well, providers that are only silent take from those that refuse. If all are equally ill, or all are well
    and have their usual shares, nothing changes. The shares sum to 1.
    """
    usual = usual_shares(order)
    shares = {name: now.get(name, usual[name]) for name in order}
    illness = {name: health.get(name, Health()).illness for name in order}
    least = min(illness.values())
    ill = [name for name in order if illness[name] > least]
    well = [name for name in order if name not in ill]
    if least and not ill:
        return shares
    for name in ill:
        shares[name] = max(LEAST, shares[name] / 2)
    if not ill:
        for name in order:
            gap = usual[name] - shares[name]
            shares[name] += max(-STEP, min(STEP, gap))
    total = sum(shares.values())
    taker = well[0] if ill else order[0]
    shares[taker] += 1 - total
    if shares[taker] < LEAST:
        return usual
    return shares


def chosen(shares: Mapping[str, float], draw: float, but: str | None = None) -> str:
    """The provider that a number from 0 to 1 falls to, never `but` (who has just failed) if there is another."""
    left = {name: share for name, share in shares.items() if name != but} or dict(shares)
    at = draw * sum(left.values())
    for name, share in left.items():
        at -= share
        if at < 0:
            return name
    return list(left)[-1]
