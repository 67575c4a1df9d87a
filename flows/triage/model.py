"""Reads messages with a linear model and a small network.

The linear model has one weight for each feature and label. Category and emergency are read by it and by the network
(`flows.triage.network`) together: the two make different mistakes.

Reading a message only adds numbers; training (`flows.learning.training`) needs scikit-learn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from flows.triage.features import across_features, lexicon_features, phrase_features, word_features
from flows.triage.model_file import FORM, HEADS, NO_THRESHOLDS, ModelError, ModelFile, Thresholds, Weights

__all__ = ["FORM", "HEADS", "NO_THRESHOLDS", "Model", "ModelError", "ModelFile", "Scores", "Thresholds"]

KNOWN_WORDS = 20_000
"""Words whose features are kept in memory."""
TINY = 1e-4
"""The least probability that is calculated with."""
Hits = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Scores:
    """The probabilities of all labels of each head, and of an emergency."""

    category: Mapping[str, float]
    urgency: Mapping[str, float]
    kind: Mapping[str, float]
    emergency: float


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of the features of one message or several: for the linear model, and before the hidden layer."""

    linear: Weights
    hidden: Weights


@dataclass(frozen=True, slots=True)
class FeatureSums:
    """The sum of all features of a message, and for each of its words the part that is lost without the word."""

    tokens: Sequence[str]
    total: Weights
    by_word: Weights


class Model:
    """A model that reads messages. Nothing in it changes but the words that it keeps in memory."""

    def __init__(self, file: ModelFile, version: str = "") -> None:
        self.version = version
        self.report, self.thresholds = file.report, file.thresholds
        self.everyday = frozenset(file.everyday)
        self._index = {feature: at for at, feature in enumerate(file.vocabulary)}
        self._across = {feature: at for at, feature in enumerate(file.across)}
        self._across_weights, self._bias = file.across_weights, file.bias
        self._network = file.network.without_first()
        self._linear, hidden = file.weights.shape[1], file.network.first.shape[1]
        # Half as many bytes: the weights of a file have no more digits, and the network needs no more.
        self._weights = file.weights.astype(np.float16)
        self._first = np.concatenate([file.network.first, np.zeros((1, hidden))]).astype(np.float16)
        self._first_at = np.full(len(file.vocabulary), len(file.network.rows))
        self._first_at[file.network.rows] = np.arange(len(file.network.rows))
        self.categories = file.labels["category"]
        self._labels = file.labels
        self._columns: dict[str, slice] = {}
        at = 0
        for head in HEADS:
            self._columns[head] = slice(at, at + len(file.labels[head]))
            at += len(file.labels[head])
        self._word = lru_cache(maxsize=KNOWN_WORDS)(self._read_word)

    @staticmethod
    def of(data: bytes) -> Model:
        """The model in the bytes of a file. Raises `ModelError`."""
        return Model(*ModelFile.decode(data))

    def knows(self, token: str) -> bool:
        """Whether a word occurred in enough of the messages with which the model was trained."""
        return f"w={token}" in self._index

    def add_up(self, tokens: Sequence[str], hits: Hits) -> FeatureSums:
        """Sums up a message: `tokens` are its words and marks with places as `@`, `hits` the entries of the lexicon."""
        by_word = np.zeros((len(tokens), self._linear + self._first.shape[1]), np.float32)
        for position, token in enumerate(tokens):
            by_word[position] = self._word(token)
        total = by_word.sum(axis=0) + self._sum(list(lexicon_features(hits)))
        found_at = ((self._index.get(name), start, end) for name, start, end in phrase_features(tokens))
        phrases = [(row, start, end) for row, start, end in found_at if row is not None]
        if phrases:
            weights = self._rows([row for row, _, _ in phrases])
            total += weights.sum(axis=0)
            for (_, start, end), phrase_weights in zip(phrases, weights, strict=True):
                by_word[start:end] += phrase_weights
        entries = [
            (at, matches) for label, matches in hits.items() if (at := self._index.get(f"l={label}")) is not None
        ]
        weights = self._rows([at for at, _ in entries])
        for entry_weights, (_, matches) in zip(weights, entries, strict=True):
            for token in {token for match in matches for token in match.split()}:
                by_word[tokens.index(token)] += entry_weights
        across = [at for piece in across_features(tokens) if (at := self._across.get(piece)) is not None]
        total[self._linear - 1] += self._across_weights[across].sum()
        return FeatureSums(tokens, total, by_word)

    def _of_length(self, total: Weights, length: int) -> Sums:
        """Scales the sum of a message: the longer it is, the less each of its features counts."""
        total = total / math.sqrt(length + 1)
        return Sums(total[..., : self._linear] + self._bias, total[..., self._linear :])

    def scores(self, message: FeatureSums) -> Weights:
        """The scores of all labels of each head and of an emergency, then the network's probabilities."""
        sums = self._of_length(message.total, len(message.tokens))
        all_scores: Weights = np.concatenate([sums.linear, self._network.outcomes(sums.hidden)], axis=-1)
        return all_scores

    def read(self, message: FeatureSums) -> Scores:
        """The probabilities of a message."""
        sums, chosen = self._of_length(message.total, len(message.tokens)), self.thresholds
        outcomes = self._network.outcomes(sums.hidden)
        score = float(sums.linear[-1]) * chosen.slope + logit(float(outcomes[len(self.categories) :].sum())) * (
            chosen.network
        )
        urgent = 1 / (1 + math.exp(-(score + chosen.offset)))
        urgency, kind = (self._named(head, self._probabilities(head, sums.linear)) for head in ("urgency", "kind"))
        return Scores(self._named("category", self._category(sums)), urgency, kind, urgent)

    def why(self, message: FeatureSums, category: str, most: int = 4) -> list[str]:
        """Up to `most` words that speak most for the category, in the order of the message."""
        tokens = message.tokens
        if not tokens:
            return []
        chosen = self.categories.index(category)
        with_all = self._category(self._of_length(message.total, len(tokens)))[chosen]
        without = self._category(self._of_length(message.total - message.by_word, len(tokens)))[:, chosen]
        for_it = np.log(with_all + TINY) - np.log(without + TINY)
        best = [at for at in np.argsort(-for_it)[:most].tolist() if for_it[at] > 0 and len(tokens[at]) > 1]
        return [tokens[at] for at in sorted(best)]

    def _read_word(self, word: str) -> Weights:
        return self._sum(list(word_features(word)))

    def _sum(self, features: Sequence[tuple[str, float]]) -> Weights:
        known = [(at, value) for feature, value in features if (at := self._index.get(feature)) is not None]
        index, values = [at for at, _ in known], [value for _, value in known]
        summed: Weights = np.asarray(values, dtype=np.float32) @ self._rows(index)
        return summed

    def _rows(self, index: Sequence[int]) -> Weights:
        """The weights of features: of the linear model, then of the network's first layer (0 if it has none)."""
        rows = np.empty((len(index), self._linear + self._first.shape[1]), np.float32)
        rows[:, : self._linear] = self._weights[index]
        rows[:, self._linear :] = self._first[self._first_at[index]]
        return rows

    def _category(self, sums: Sums) -> Weights:
        """The mean of the linear model's and the network's probabilities of each category."""
        outcomes = self._network.outcomes(sums.hidden)
        count = len(self.categories)
        by_network = outcomes[..., :count] + outcomes[..., count:]
        mean: Weights = (self._probabilities("category", sums.linear) + by_network) * np.float32(0.5)
        return mean

    def _probabilities(self, head: str, linear: Weights) -> Weights:
        scores = linear[..., self._columns[head]] / self.thresholds.temperatures[head]
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        probabilities: Weights = odds / odds.sum(axis=-1, keepdims=True)
        return probabilities

    def _named(self, head: str, probabilities: Weights) -> dict[str, float]:
        return dict(zip(self._labels[head], probabilities.tolist(), strict=True))


def logit(probability: float) -> float:
    """The logarithm of the odds of a probability, within bounds."""
    bounded = min(max(probability, TINY), 1 - TINY)
    return math.log(bounded / (1 - bounded))
