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

from flows.triage.feature_index import PhraseIndex, PieceIndex
from flows.triage.features import LONGEST_PHRASE, lexicon_features, word_features
from flows.triage.model_file import FORM, HEADS, NO_THRESHOLDS, ModelError, ModelFile, Thresholds, Weights
from flows.triage.spelling import sound

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


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark: the sums of its own features, and its numbers in phrases (`PhraseIndex.numbers`)."""

    sums: Weights
    numbers: tuple[int, int]
    is_known: bool


class Model:
    """A model that reads messages. Nothing in it changes but the words that it keeps in memory."""

    def __init__(self, file: ModelFile, version: str = "") -> None:
        self.version = version
        self.report, self.thresholds = file.report, file.thresholds
        self.everyday = frozenset(file.everyday)
        self._index = {
            feature: at for at, feature in enumerate(file.vocabulary) if " " not in feature or feature[0] == "j"
        }
        self._phrases = PhraseIndex(file.vocabulary)
        self._pieces = PieceIndex(file.across, file.across_weights)
        self._bias = file.bias
        self._network = file.network.without_first()
        self._linear, hidden = file.weights.shape[1], file.network.first.shape[1]
        self._width = self._linear + hidden
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
        return self._word(token).is_known

    def add_up(self, tokens: Sequence[str], hits: Hits) -> FeatureSums:
        """Sums up a message: `tokens` are its words and marks with places as `@`, `hits` the entries of the lexicon."""
        if not tokens:
            return FeatureSums(tokens, self._sum(list(lexicon_features(hits))), np.zeros((0, self._width), np.float32))
        known_words = [self._word(token) for token in tokens]
        by_word = np.array([word.sums for word in known_words])
        phrases = self._phrases.find([word.numbers for word in known_words])
        entries = [
            (name, at, value) for name, value in lexicon_features(hits) if (at := self._index.get(name)) is not None
        ]
        weights = self._rows([*phrases.rows, *(at for _, at, _ in entries)])
        count = len(phrases.rows)
        values = np.array([value for _, _, value in entries], dtype=np.float32)
        total = by_word.sum(axis=0) + weights[:count].sum(axis=0) + values @ weights[count:]
        total[self._linear - 1] += self._pieces.weight(tokens)
        of_word = np.zeros((len(tokens), len(weights)), np.float32)
        """Which phrases and entries are lost without a word."""
        for step in range(LONGEST_PHRASE):
            reaches = np.flatnonzero(phrases.widths > step)
            of_word[phrases.starts[reaches] + step, reaches] = 1
        for position, (name, _, _) in enumerate(entries, start=count):
            for token in {token for match in hits.get(name.removeprefix("l="), ()) for token in match.split()}:
                of_word[tokens.index(token), position] = 1
        return FeatureSums(tokens, total, by_word + of_word @ weights)

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
        return Scores(self._named("category", self._category(sums, outcomes)), urgency, kind, urgent)

    def why(self, message: FeatureSums, category: str, most: int = 4) -> list[str]:
        """Up to `most` words that speak most for the category, in the order of the message."""
        tokens = message.tokens
        if not tokens:
            return []
        chosen = self.categories.index(category)
        without_none_and_each = np.concatenate([message.total[None], message.total - message.by_word])
        sums = self._of_length(without_none_and_each, len(tokens))
        surprise = -np.log(self._category(sums, self._network.outcomes(sums.hidden))[:, chosen] + TINY)
        for_it = surprise[1:] - surprise[0]
        best = [at for at in np.argsort(-for_it)[:most].tolist() if for_it[at] > 0 and len(tokens[at]) > 1]
        return [tokens[at] for at in sorted(best)]

    def _read_word(self, word: str) -> Word:
        sums = self._sum(list(word_features(word)))
        return Word(sums, self._phrases.numbers(word, sound(word)), f"w={word}" in self._index)

    def _sum(self, features: Sequence[tuple[str, float]]) -> Weights:
        known = [(at, value) for feature, value in features if (at := self._index.get(feature)) is not None]
        index, values = [at for at, _ in known], [value for _, value in known]
        summed: Weights = np.asarray(values, dtype=np.float32) @ self._rows(index)
        return summed

    def _rows(self, index: Sequence[int]) -> Weights:
        """The weights of features: of the linear model, then of the network's first layer (0 if it has none)."""
        rows = np.empty((len(index), self._width), np.float32)
        rows[:, : self._linear] = self._weights[index]
        rows[:, self._linear :] = self._first[self._first_at[index]]
        return rows

    def _category(self, sums: Sums, outcomes: Weights) -> Weights:
        """The mean of the linear model's and the network's probabilities of each category."""
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
