"""Trains the network of the triage model with Adam; numpy alone is faster here, because most features are rare.

A batch of messages has few of the features, so each step changes only the weights of those (as `SparseAdam` of PyTorch
does).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flows.learning.dataset import Rows

EPOCHS, BATCH, RATE = 7, 128, 0.003
"""Epochs of training, messages in a batch, and the learning rate."""
MOMENTUM, SCALE, TINY = 0.9, 0.999, 1e-8
"""Adam's beta 1, beta 2 and epsilon."""
Array = NDArray[np.float32]
Layers = tuple[Array, Array, Array, Array]
"""The weights and biases of the hidden layer, then those of the outcomes."""


class Adam:
    """Adam for an array of which a step may change some rows only."""

    def __init__(self, weights: Array) -> None:
        self.weights = weights
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)

    def step(self, gradient: Array, rate: float, rows: Rows | slice = slice(None)) -> None:
        """Changes the weights of `rows`, whose gradient is given."""
        mean, square = self._mean[rows], self._square[rows]
        # In place: new arrays of this size take as long as the arithmetic.
        mean *= np.float32(MOMENTUM)
        mean += np.float32(1 - MOMENTUM) * gradient
        square *= np.float32(SCALE)
        squared = np.float32(1 - SCALE) * gradient
        squared *= gradient
        square += squared
        self._mean[rows], self._square[rows] = mean, square
        np.sqrt(square, out=squared)
        squared += np.float32(TINY)
        change = np.float32(rate) * mean
        change /= squared
        self.weights[rows] -= change


def train_network(messages: csr_matrix, outcomes: Rows, count: int, hidden: int, seed: int) -> Layers:
    """A network with `hidden` units that gives one of `count` outcomes for each row of `messages`."""
    chance = np.random.default_rng(seed)
    layers = [Adam(weights) for weights in _start(chance, messages.shape[1], hidden, count)]
    step = 0
    for _ in range(EPOCHS):
        order = chance.permutation(messages.shape[0])
        for start in range(0, len(order), BATCH):
            step += 1
            chosen = order[start : start + BATCH]
            corrected = RATE * float(np.sqrt(1 - SCALE**step)) / (1 - MOMENTUM**step)
            _learn(layers, messages[chosen], outcomes[chosen], corrected)
    first, first_bias, second, second_bias = (layer.weights for layer in layers)
    return first, first_bias, second, second_bias


def _start(chance: np.random.Generator, features: int, hidden: int, count: int) -> Layers:
    """Random weights as Glorot and Bengio (2010) draw them, and biases of 0."""

    def drawn(rows: int, columns: int) -> Array:
        reach = np.sqrt(6 / (rows + columns))
        return chance.uniform(-reach, reach, (rows, columns)).astype(np.float32)

    return drawn(features, hidden), np.zeros(hidden, np.float32), drawn(hidden, count), np.zeros(count, np.float32)


def _learn(layers: list[Adam], batch: csr_matrix, outcomes: Rows, rate: float) -> None:
    """One step: the gradient of the cross-entropy of a batch."""
    first, first_bias, second, second_bias = layers
    used = np.flatnonzero(np.bincount(batch.indices, minlength=batch.shape[1]))
    inside = batch[:, used]
    active = np.maximum(inside @ first.weights[used] + first_bias.weights, 0)
    scores = active @ second.weights + second_bias.weights
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = odds / odds.sum(axis=1, keepdims=True)
    error[np.arange(len(outcomes)), outcomes] -= 1
    error /= np.float32(len(outcomes))
    back = (error @ second.weights.T) * (active > 0)
    second.step(active.T @ error, rate)
    second_bias.step(error.sum(axis=0), rate)
    first.step(np.asarray(inside.T @ back), rate, used)
    first_bias.step(back.sum(axis=0), rate)
