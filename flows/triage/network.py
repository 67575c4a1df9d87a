"""A small network beside the linear model: one hidden layer over the same features, trained from nothing.

It chooses among the categories, each once for an emergency and once for none. The sums before its hidden layer are
additions like those of the linear model, so a word's part can be kept from message to message. Reading takes numpy
alone; training it (`flows.learning.fitting`) takes scikit-learn.
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
    """`first` has a row for each feature of `rows` (places in the model's vocabulary) and a column for each hidden
    unit; `last` a column for each outcome: all categories as no emergency, then all as one."""

    rows: Rows
    first: Weights
    first_bias: Weights
    last: Weights
    last_bias: Weights

    def outcomes(self, sums: Weights) -> Weights:
        """The probability of each outcome, for one message or many, from the sums of their features."""
        scores = np.maximum(sums + self.first_bias, 0.0) @ self.last + self.last_bias
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        found: Weights = odds / odds.sum(axis=-1, keepdims=True)
        return found

    def encode(self) -> bytes:
        """The first layer in a byte a weight, as parts of the largest of its unit."""
        scale = np.maximum(np.abs(self.first).max(axis=0, initial=0.0), 1e-9) / 127
        small = np.rint(self.first / scale).astype(np.int8)
        buffer = io.BytesIO()
        for part in (np.diff(self.rows, prepend=0).astype("<i4"), small, *(
            one.astype("<f4") for one in (scale, self.first_bias, self.last, self.last_bias)
        )):  # fmt: skip
            np.lib.format.write_array(buffer, np.ascontiguousarray(part), version=(1, 0))
        return buffer.getvalue()

    @staticmethod
    def decode(data: bytes) -> Network:
        """Raises `ValueError` for what is no network."""
        buffer = io.BytesIO(data)
        steps, small, scale, first_bias, last, last_bias = (
            np.lib.format.read_array(buffer, allow_pickle=False) for _ in range(6)
        )
        first = small.astype(np.float32) * scale
        return Network(np.cumsum(steps.astype(np.int64)), first, first_bias, last, last_bias)

    def as_kept(self) -> Network:
        """As a file keeps it, so that it reads the same before and after."""
        return Network.decode(self.encode())


def no_network(outcomes: int) -> Network:
    """One that says nothing: all outcomes are as likely."""
    zero = np.zeros
    return Network(
        zero(0, np.int64), zero((0, 1), np.float32), zero(1, np.float32), zero((1, outcomes), np.float32),
        zero(outcomes, np.float32),
    )  # fmt: skip
