"""A small neural network beside the linear model, with one hidden layer over the same features.

Its outcomes are the categories, each once with an emergency and once without. The sums before its hidden layer are
additions like those of the linear model, so the part of each word can be kept in memory. Reading needs numpy only;
training (`flows.learning.network_training`) needs scipy.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Network:
    """The weights of the network.

    `first` has a row for each feature in `rows` (positions in the model's vocabulary) and a column for each hidden
    unit. `last` has a column for each outcome: all categories without an emergency, then all with one.
    """

    rows: Rows
    first: Weights
    first_bias: Weights
    last: Weights
    last_bias: Weights

    def outcomes(self, sums: Weights) -> Weights:
        """The probabilities of the outcomes of one message or several, from the sums of their features."""
        scores = np.maximum(sums + self.first_bias, 0.0) @ self.last + self.last_bias
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        probabilities: Weights = odds / odds.sum(axis=-1, keepdims=True)
        return probabilities

    def without_first(self) -> Network:
        """The network without the weights of its first layer, for a model that keeps them beside its own."""
        none = np.zeros((0, self.first.shape[1]), np.float32)
        return Network(np.zeros(0, np.int64), none, self.first_bias, self.last, self.last_bias)

    def encode(self) -> bytes:
        """The bytes of the network; a weight of the first layer takes one byte, as a share of its unit's largest."""
        scale = np.maximum(np.abs(self.first).max(axis=0, initial=0.0), 1e-9) / 127
        small = np.rint(self.first / scale).astype(np.int8)
        buffer = io.BytesIO()
        for part in (np.diff(self.rows, prepend=0).astype("<i4"), small, *(
            array.astype("<f4") for array in (scale, self.first_bias, self.last, self.last_bias)
        )):  # fmt: skip
            np.lib.format.write_array(buffer, np.ascontiguousarray(part), version=(1, 0))
        return buffer.getvalue()

    @staticmethod
    def decode(data: bytes) -> Network:
        """The network in these bytes. Raises `ValueError` if they hold none."""
        buffer = io.BytesIO(data)
        steps, small, scale, first_bias, last, last_bias = (
            np.lib.format.read_array(buffer, allow_pickle=False) for _ in range(6)
        )
        first = small.astype(np.float32) * scale
        return Network(np.cumsum(steps.astype(np.int64)), first, first_bias, last, last_bias)

    def as_kept(self) -> Network:
        """The network with the rounded weights of its file, so that it reads the same before and after it is saved."""
        return Network.decode(self.encode())


def no_network(outcomes: int) -> Network:
    """A network without features, for which all outcomes are equally likely."""
    zero = np.zeros
    return Network(
        zero(0, np.int64), zero((0, 1), np.float32), zero(1, np.float32), zero((1, outcomes), np.float32),
        zero(outcomes, np.float32),
    )  # fmt: skip
