"""Chooses the thresholds of a model on messages that it has not seen: from which probability one is an emergency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from config.examples import Example
from flows.learning.dataset import Rows
from flows.triage.category import Kind
from flows.triage.model import HEADS, TINY, Thresholds
from flows.triage.urgency import COST_OF_MISSED, Sign, Urgency, is_emergency

NEAR_LEAST = 1.15
"""Thresholds of emergencies count as equally good if they cost at most so many times the least."""
FOUND_OR_SOFTER = 0.99
"""The share of emergencies that must be read as one, or marked as a possible one."""
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Unseen:
    """The scores (`Model.scores`) of messages, each by a model that has seen nothing of its writer."""

    examples: Sequence[Example]
    scores: Matrix
    signs: Sequence[Sign]
    labels: Mapping[str, tuple[str, ...]]

    def of(self, head: str) -> Matrix:
        """The scores of all labels of a head."""
        start = 0
        for name in HEADS:
            if name == head:
                break
            start += len(self.labels[name])
        return self.scores[:, start : start + len(self.labels[head])]

    @property
    def emergency(self) -> Matrix:
        """The linear score of an emergency, and the logit of the network's probability of one."""
        outcomes = 2 * len(self.labels["category"])
        probability = self.scores[:, -outcomes // 2 :].sum(axis=1).clip(TINY, 1 - TINY)
        both: Matrix = np.stack([self.scores[:, -outcomes - 1], np.log(probability / (1 - probability))], axis=1)
        return both

    def only(self, rows: Sequence[int] | Rows) -> Unseen:
        """The messages at these positions."""
        examples, signs = [self.examples[row] for row in rows], [self.signs[row] for row in rows]
        return Unseen(examples, self.scores[np.asarray(rows)], signs, self.labels)


def choose_thresholds(unseen: Unseen) -> Thresholds:
    """Chooses the calibration and the thresholds on messages of unseen writers."""
    temperatures = {}
    for head in HEADS:
        wanted = np.array([unseen.labels[head].index(getattr(example, head)) for example in unseen.examples])
        temperatures[head] = _temperature(unseen.of(head), wanted)
    is_urgent = np.array([example.urgency == Urgency.EMERGENCY for example in unseen.examples])
    slope, network, offset = _logistic(unseen.emergency, is_urgent)
    urgent = 1 / (1 + np.exp(-(unseen.emergency @ np.array([slope, network]) + offset)))
    # Thanks, questions and proposals are never urgent, as in reading.
    is_concern = unseen.of("kind").argmax(axis=1) == unseen.labels["kind"].index(Kind.CONCERN)
    threshold = _threshold(urgent * is_concern, unseen.signs, is_urgent)
    alarms = _alarms(urgent * is_concern, unseen.signs, threshold)
    return Thresholds(temperatures, slope, network, offset, threshold, _softer(urgent, is_urgent, alarms))


def _softmax(scores: Matrix) -> Matrix:
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: Matrix = odds / odds.sum(axis=1, keepdims=True)
    return out


def _temperature(scores: Matrix, wanted: NDArray[np.int64]) -> float:
    """The divisor of a head's scores with which the right labels get the highest probability (temperature scaling)."""

    def surprise(temperature: float) -> float:
        right = _softmax(scores / temperature)[np.arange(len(wanted)), wanted]
        return float(-np.log(np.maximum(right, 1e-9)).mean())

    return round(float(minimize_scalar(surprise, bounds=(0.05, 5.0), method="bounded").x), 3)


def _logistic(scores: Matrix, is_urgent: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Fits the probability of an emergency to its two scores: the factor of each, and the offset."""

    def surprise(line: Matrix) -> float:
        side = np.where(is_urgent, 1.0, -1.0) * (scores @ line[:2] + line[2])
        return float(np.logaddexp(0.0, -side).mean())

    start = np.array([1.0, 0.5, 0.0])
    best = minimize(surprise, start, method="L-BFGS-B", bounds=((0.05, 20.0), (0.0, 5.0), (-20.0, 20.0))).x
    slope, network, offset = (round(float(value), 3) for value in best)
    return slope, network, offset


def _threshold(urgent: Matrix, signs: Sequence[Sign], is_urgent: NDArray[np.bool_]) -> float:
    """The probability from which a message is an emergency, with the rules applied as in reading.

    Near its minimum the cost hardly changes, and a few messages decide. Of the thresholds there the highest is taken,
    which gives the fewest false alarms.
    """
    costs = {}
    for threshold in np.arange(0.02, 0.9, 0.01).round(3).tolist():
        alarms = _alarms(urgent, signs, threshold)
        costs[threshold] = COST_OF_MISSED * int((is_urgent & ~alarms).sum()) + int((alarms & ~is_urgent).sum())
    return float(max(threshold for threshold, cost in costs.items() if cost <= min(costs.values()) * NEAR_LEAST))


def _alarms(urgent: Matrix, signs: Sequence[Sign], threshold: float) -> NDArray[np.bool_]:
    return np.array([is_emergency(p, threshold, sign) for p, sign in zip(urgent, signs, strict=True)])


def _softer(urgent: Matrix, is_urgent: NDArray[np.bool_], alarms: NDArray[np.bool_]) -> float:
    """The highest probability from which enough emergencies are either read as one or marked as a possible one."""
    missed = np.sort(urgent[is_urgent & ~alarms])
    allowed = int(is_urgent.sum() * (1 - FOUND_OR_SOFTER))
    return float(np.floor(missed[allowed] * 1000) / 1000) if len(missed) > allowed else 1.0
