"""Whether a newly trained model is at least as good as the one in use, which it would replace."""

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
"""How much each score may fall, measured by cross-validation over writers. The recall and the precision of emergencies
may not fall at all; the others may fall by what one or two messages change."""

ROUNDING = 1e-9
"""The error of a subtraction of floating-point numbers."""


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
    """Why a model with the figures `after` must not replace one with the figures `before`; empty if it may."""
    return tuple(_losses(before, after))


def _losses(before: Figures, after: Figures) -> Iterator[Loss]:
    for score, most in ALLOWED_LOSS.items():
        was, now = before.get(score), after.get(score)
        # A score that did not exist before cannot fall; one that no longer exists fell to 0.
        if was is not None and (now or 0.0) < was - most - ROUNDING:
            yield Loss(score, was, now or 0.0)
