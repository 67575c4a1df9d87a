"""A linear model in a small file: one weight for each feature and label, its version, checksum and report.

Reading a message with it takes additions alone; training it (`flows.triage.training`) takes scikit-learn.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.triage.features import message_features, word_features

FORM = 2
"""Of the file; one of another form is refused."""
HEADS = ("category", "urgency", "kind", "emergency")
NO, YES = "no", "yes"
KNOWN_WORDS = 20_000
Weights = NDArray[np.float32]
Hits = Mapping[str, Sequence[str]]


class ModelError(ValueError):
    """A model file that cannot be used. The text says why; training anew helps."""


@dataclass(frozen=True)
class ModelFile:
    """What stands in the file. `weights` has a row for each feature and a column for each label of each head."""

    vocabulary: tuple[str, ...]
    weights: Weights
    bias: Weights
    labels: Mapping[str, tuple[str, ...]]
    temperatures: Mapping[str, float]
    emergency_from: float
    everyday: tuple[str, ...]
    report: Mapping[str, Any]

    def encode(self) -> bytes:
        """The same model gives the same bytes."""
        head = {
            "form": FORM,
            "labels": self.labels,
            "temperatures": self.temperatures,
            "emergency_from": self.emergency_from,
            "report": self.report,
        }
        parts = {
            "vocabulary.txt": "\n".join(self.vocabulary).encode(),
            "everyday.txt": "\n".join(self.everyday).encode(),
            "weights.f2": self.weights.astype("<f2").tobytes(),
            "bias.f4": self.bias.astype("<f4").tobytes(),
            "head.json": json.dumps(head, ensure_ascii=False, sort_keys=True, indent=1).encode(),
        }
        parts["checksum.txt"] = _checksum(parts).encode()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in parts.items():
                file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    @staticmethod
    def decode(data: bytes) -> tuple[ModelFile, str]:
        """The model and its version, the beginning of its checksum. Raises `ModelError`."""
        if not data:
            raise ModelError("is missing")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                parts = {name: file.read(name) for name in file.namelist()}
            said = parts.pop("checksum.txt").decode()
            head = json.loads(parts["head.json"])
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise ModelError(f"is no model file ({type(error).__name__})") from None
        if head.get("form") != FORM:
            raise ModelError("is a model of another release")
        if said != _checksum(parts):
            raise ModelError("was changed since it was trained")
        vocabulary = tuple(parts["vocabulary.txt"].decode().split("\n"))
        weights = np.frombuffer(parts["weights.f2"], "<f2").astype(np.float32).reshape(len(vocabulary), -1)
        model = ModelFile(
            vocabulary=vocabulary,
            weights=weights,
            bias=np.frombuffer(parts["bias.f4"], "<f4").astype(np.float32),
            labels={name: tuple(labels) for name, labels in head["labels"].items()},
            temperatures=head["temperatures"],
            emergency_from=head["emergency_from"],
            everyday=tuple(parts["everyday.txt"].decode().split("\n")),
            report=head["report"],
        )
        return model, said[:12]


def _checksum(parts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(parts):
        digest.update(name.encode() + b"\0" + parts[name])
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Scores:
    """The probability of each label of each head."""

    category: Mapping[str, float]
    urgency: Mapping[str, float]
    kind: Mapping[str, float]
    emergency: Mapping[str, float]


class Model:
    """A model that reads messages; loaded once, then read-only but for the words it has seen before."""

    def __init__(self, data: bytes) -> None:
        file, self.version = ModelFile.decode(data)
        self.report, self.emergency_from = file.report, file.emergency_from
        self.everyday = frozenset(file.everyday)
        self._index = {feature: at for at, feature in enumerate(file.vocabulary)}
        self._weights, self._bias, self._temperatures = file.weights, file.bias, file.temperatures
        self.categories = file.labels["category"]
        self._columns: dict[str, slice] = {}
        self._labels = file.labels
        at = 0
        for head in HEADS:
            self._columns[head] = slice(at, at + len(file.labels[head]))
            at += len(file.labels[head])
        self._word = lru_cache(maxsize=KNOWN_WORDS)(self._read_word)

    def read(self, tokens: Sequence[str], hits: Hits) -> Scores:
        """`tokens` are a message's words with its places as `@`, `hits` what the lexicon finds in them."""
        total = self._sum(message_features(tokens, hits))
        for token in tokens:
            total = total + self._word(token)
        total = total / math.sqrt(len(tokens) + 1) + self._bias
        return Scores(*(self._probabilities(head, total) for head in HEADS))

    def why(self, tokens: Sequence[str], hits: Hits, category: str, most: int = 4) -> list[str]:
        """The words that speak most for a category against the others, in the order of the message."""
        if not tokens:
            return []
        columns = self._columns["category"]
        spoken = np.stack([self._word(token) for token in tokens])
        for label, found in hits.items():
            if (at := self._index.get(f"l={label}")) is not None:
                for said in found:
                    share = self._weights[at] / len(said.split())
                    for token in said.split():
                        spoken[tokens.index(token)] += share
        chosen = self._labels["category"].index(category)
        for_it = spoken[:, columns][:, chosen] - spoken[:, columns].mean(axis=1)
        best = [at for at in np.argsort(-for_it)[:most].tolist() if for_it[at] > 0 and len(tokens[at]) > 1]
        return [tokens[at] for at in sorted(best)]

    def _read_word(self, word: str) -> Weights:
        return self._sum(word_features(word))

    def _sum(self, features: Iterable[tuple[str, float]]) -> Weights:
        index, values = [], []
        for feature, value in features:
            if (at := self._index.get(feature)) is not None:
                index.append(at)
                values.append(value)
        summed: Weights = np.asarray(values, dtype=np.float32) @ self._weights[index]
        return summed

    def _probabilities(self, head: str, total: Weights) -> dict[str, float]:
        scores = total[self._columns[head]] / self._temperatures[head]
        odds = np.exp(scores - scores.max())
        return dict(zip(self._labels[head], (odds / odds.sum()).tolist(), strict=True))
