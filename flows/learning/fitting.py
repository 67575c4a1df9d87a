"""Fits the weights of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.svm import LinearSVC

from flows.learning.dataset import Dataset, Rows
from flows.learning.network_training import train_network
from flows.learning.thresholds import Matrix
from flows.triage.model import HEADS, NO_THRESHOLDS, ModelFile
from flows.triage.network import Network, no_network
from flows.triage.urgency import Urgency

STRENGTH, STRENGTH_EMERGENCY = 0.003, 0.003
"""scikit-learn's C. In cross-validation over writers a linear support vector machine reads more categories right than
logistic regression, and trains in a tenth of the time."""
EMERGENCY_WEIGHS = 3.0
"""The weight of an emergency when its head is fitted; any other message weighs 1."""
ACROSS = 0.4
"""The weight of a piece that lies across words; a whole word weighs 1."""
EVEN = 10.0
"""scikit-learn's `intercept_scaling`: how freely the intercept may move, compared with the weights."""
HIDDEN, RAREST_IN_NETWORK = 64, 4
"""Hidden units of the network, and messages in which one of its features must occur."""
NEVER = -30.0
"""The score of an outcome that no message has: it is never chosen."""
SEED = 2026


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
    known = np.searchsorted(seen, outcomes)
    first, first_bias, last, last_bias = train_network(
        (inside / size).astype(np.float32).tocsr(), known, len(seen), HIDDEN, SEED
    )
    whole, whole_bias = np.zeros((HIDDEN, 2 * categories)), np.full(2 * categories, NEVER)
    whole[:, seen], whole_bias[seen] = last, last_bias
    of32 = (array.astype(np.float32) for array in (first / size, first_bias, whole, whole_bias))
    return Network(columns, *of32)
