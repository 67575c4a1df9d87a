"""When a newly trained model may take the place of the one in use: the one rule of "not worse"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ALLOWED_LOSS = {
    "emergency_recall": 0.0,
    "emergency_precision": 0.0,
    "category": 0.0,
    "urgency": 0.005,
    "category_macro_f1": 0.01,
    "kind": 0.01,
}
"""What each score may lose at most with whole writers left out. Emergencies lose nothing: neither one that is
found, nor the trust that an alert is one. The others may lose what a single message more or less makes."""

ROUNDING = 1e-9
"""What subtracting in binary may add to a loss."""


Figures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Loss:
    """A score that fell by more than it may."""

    score: str
    before: float
    after: float

    def __str__(self) -> str:
        most = ALLOWED_LOSS[self.score]
        allowed = f"it may lose {most}" if most else "it may lose nothing"
        return f"{self.score.replace('_', ' ')} fell from {self.before:.3f} to {self.after:.3f} ({allowed})"


def losses(before: Figures, after: Figures) -> tuple[Loss, ...]:
    """Why the model with the figures `after` must not take the place of that with `before`; empty where it may."""
    return tuple(_losses(before, after))


def _losses(before: Figures, after: Figures) -> Iterator[Loss]:
    for score, most in ALLOWED_LOSS.items():
        was, now = before.get(score), after.get(score)
        # Without a score there was nothing to lose; a score that is gone was lost whole.
        if was is not None and (now or 0.0) < was - most - ROUNDING:
            yield Loss(score, was, now or 0.0)
