"""Fits the weights of a model, and chooses its thresholds on messages that it has not seen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from config.examples import Example
from flows.learning.dataset import Dataset, Rows
from flows.triage.category import Kind
from flows.triage.model import HEADS, NO_THRESHOLDS, TINY, ModelFile, Thresholds
from flows.triage.network import Network, no_network
from flows.triage.urgency import COST_OF_MISSED, Sign, Urgency, is_emergency

STRENGTH, STRENGTH_EMERGENCY = 0.003, 0.003
"""scikit-learn's C. In cross-validation over writers a linear support vector machine reads more categories right than
logistic regression, and trains in a tenth of the time."""
EMERGENCY_WEIGHS = 3.0
"""The weight of an emergency when its head is fitted; any other message weighs 1."""
ACROSS = 0.4
"""The weight of a piece that lies across words; a whole word weighs 1."""
EVEN = 10.0
"""scikit-learn's `intercept_scaling`: how freely the intercept may move, compared with the weights."""
NEAR_LEAST = 1.15
"""Thresholds of emergencies count as equally good if they cost at most so many times the least."""
FOUND_OR_SOFTER = 0.99
"""The share of emergencies that must be read as one, or marked as a possible one."""
HIDDEN, ROUNDS, RAREST_IN_NETWORK = 32, 7, 4
"""Hidden units of the network, epochs of its training, and messages in which one of its features must occur."""
NEVER = -30.0
"""The score of an outcome that no message has: it is never chosen."""
SEED = 2026
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


def fit(dataset: Dataset, rows: Rows, labels: Mapping[str, tuple[str, ...]], everyday: Sequence[str]) -> ModelFile:
    """A model of the messages at `rows`; its thresholds are still to be chosen."""
    main, across = (dataset.worth_learning(columns, rows) for columns in (dataset.main, dataset.across))
    rare, rare_across = (rarity(columns.messages(rows)[kept], len(rows))
                         for columns, kept in ((dataset.main, main), (dataset.across, across)))  # fmt: skip
    matrix = dataset.main.matrix[rows][:, main].multiply(rare).tocsr()
    weights, bias = [], []
    for head in HEADS:
        wanted = np.array([labels[head].index(getattr(dataset.examples[row], head)) for row in rows])
        coefficients, intercepts = _fit(matrix, wanted, len(labels[head]))
        weights.append(coefficients)
        bias.append(intercepts)
    urgent = np.array([dataset.examples[row].urgency == Urgency.EMERGENCY for row in rows])
    both = hstack([matrix, dataset.across.matrix[rows][:, across].multiply(rare_across * ACROSS)]).tocsr()
    coefficients, intercepts = _fit_emergencies(both, urgent)
    weights.append(coefficients[:, : len(main)])
    bias.append(intercepts)
    categories = np.array([labels["category"].index(dataset.examples[row].category) for row in rows])
    network = _fit_network(matrix, categories + urgent * len(labels["category"]), len(labels["category"]))
    return ModelFile(
        vocabulary=tuple(dataset.main.names[at] for at in main),
        weights=_as_kept(np.concatenate(weights).T * rare[:, None]),
        across=tuple(dataset.across.names[at] for at in across),
        across_weights=_as_kept(coefficients[0, len(main) :] * rare_across * ACROSS),
        bias=np.concatenate(bias).astype(np.float32),
        network=replace(network, first=network.first * rare[network.rows, None].astype(np.float32)).as_kept(),
        labels=labels,
        thresholds=NO_THRESHOLDS,
        everyday=tuple(everyday),
        report={},
    )


def rarity(messages: Rows, of: int) -> Matrix:
    """The weight of each feature (inverse document frequency): the fewer messages have it, the higher."""
    weighs: Matrix = np.log((1 + of) / (1 + messages)) + 1
    return weighs


def _as_kept(weights: Matrix) -> NDArray[np.float32]:
    """Weights as rounded in a file, so that a model reads the same before and after it is saved."""
    return weights.astype(np.float16).astype(np.float32)


def _fit(matrix: csr_matrix, wanted: NDArray[np.int64], count: int) -> tuple[Matrix, Matrix]:
    """Fits a head: weights and intercept of each label. A label that no message has is practically never chosen."""
    weights, bias = np.zeros((count, matrix.shape[1])), np.full(count, -1.0)
    classes = np.unique(wanted)
    if len(classes) == 1:
        bias[classes] = 1.0
        return weights, bias
    fitted = LinearSVC(C=STRENGTH, intercept_scaling=EVEN, random_state=SEED).fit(matrix, wanted)
    two = len(classes) == 2
    weights[classes] = np.concatenate([-fitted.coef_, fitted.coef_]) if two else fitted.coef_
    bias[classes] = np.concatenate([-fitted.intercept_, fitted.intercept_]) if two else fitted.intercept_
    return weights, bias


def _fit_emergencies(matrix: csr_matrix, urgent: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    if urgent.all() or not urgent.any():
        return np.zeros((1, matrix.shape[1])), np.array([1.0 if urgent.all() else -1.0])
    weigh = {True: EMERGENCY_WEIGHS, False: 1.0}
    fitted = LinearSVC(C=STRENGTH_EMERGENCY, intercept_scaling=EVEN, random_state=SEED, class_weight=weigh).fit(
        matrix, urgent
    )
    return fitted.coef_, fitted.intercept_


def _fit_network(matrix: csr_matrix, outcomes: Rows, categories: int) -> Network:
    """Fits the network on features that several messages have; it would only memorise rarer ones."""
    columns = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) >= RAREST_IN_NETWORK)
    seen = np.unique(outcomes)
    if len(seen) < 2 or not len(columns):
        return no_network(2 * categories)
    inside = matrix[:, columns]
    size = float(np.sqrt(np.asarray(inside.multiply(inside).sum(axis=1))).mean()) or 1.0
    fitted = MLPClassifier(
        (HIDDEN,), alpha=1e-5, batch_size=128, learning_rate_init=0.003, max_iter=ROUNDS, random_state=SEED
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many rounds are meant
        fitted.fit((inside / size).astype(np.float32), outcomes)
    (first, last), (first_bias, last_bias) = fitted.coefs_, fitted.intercepts_
    if len(seen) == 2:
        last, last_bias = np.concatenate([-last, last], axis=1) / 2, np.concatenate([-last_bias, last_bias]) / 2
    whole, whole_bias = np.zeros((HIDDEN, 2 * categories)), np.full(2 * categories, NEVER)
    whole[:, seen], whole_bias[seen] = last, last_bias
    of32 = (array.astype(np.float32) for array in (first / size, first_bias, whole, whole_bias))
    return Network(columns, *of32)


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
