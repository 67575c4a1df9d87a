"""Labelled messages as numbers: a row for each message, a column for each feature that any of them has."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from config.examples import Example
from config.pack import Pack
from flows.triage.features import (
    LexiconFeatures,
    across_features,
    lexicon_features,
    phrase_features,
    without_places,
    word_features,
)
from flows.triage.place import PlaceReader
from flows.triage.spelling import marked, words

RAREST, RAREST_KEPT = 2, 3
"""Messages that a feature must occur in; one that only kept corrections have needs those of three persons, so that
no single citizen's words can be read off the model."""
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """Features of one sort: their names in order, and how much of each a message has."""

    names: tuple[str, ...]
    matrix: csr_matrix

    def messages(self, rows: Rows) -> Rows:
        """How many of these messages have each feature."""
        return np.bincount(self.matrix[rows].indices, minlength=len(self.names))


@dataclass(frozen=True)
class Dataset:
    """All labelled messages with all their features; which of these a model gets is chosen for each model."""

    examples: tuple[Example, ...]
    is_kept: NDArray[np.bool_]
    """Which of them are a deployment's own corrections."""
    main: Columns
    across: Columns

    def worth_learning(self, columns: Columns, rows: Rows) -> Rows:
        """The columns that enough of these messages have."""
        kept = rows[self.is_kept[rows]]
        in_pack = columns.messages(rows[~self.is_kept[rows]])
        enough = (in_pack > 0) & (in_pack + columns.messages(kept) >= RAREST)
        persons = np.zeros(len(columns.names), dtype=np.int64)
        writers = np.array([self.examples[row].writer for row in kept])
        for writer in np.unique(writers):
            persons += columns.messages(kept[writers == writer]) > 0
        return np.flatnonzero(enough | (persons >= RAREST_KEPT))


class DatasetReader:
    """Turns examples into features with places blanked, as reading a message does."""

    def __init__(self, pack: Pack, where: PlaceReader) -> None:
        self._where = where
        self._lexicon = LexiconFeatures(pack)

    def read(self, known: Sequence[Example], kept: Sequence[Example]) -> Dataset:
        """`known` are the pack's examples, `kept` the corrections of a deployment."""
        main, across = _Builder(), _Builder()
        word = lru_cache(maxsize=None)(lambda token: main.numbered(word_features(token)))
        for one in (*known, *kept):
            found = self._where.read(one.text)
            at = found.at if found else frozenset[int]()
            tokens = without_places(marked(one.text), at)
            hits = self._lexicon.hits(without_places(words(one.text), at))
            scale = 1 / math.sqrt(len(tokens) + 1)
            phrases = main.numbered((name, 1.0) for name, _, _ in phrase_features(tokens))
            main.add([*map(word, tokens), phrases, main.numbered(lexicon_features(hits))], scale)
            across.add([across.numbered((piece, 1.0) for piece in across_features(tokens))], scale)
        is_kept = np.arange(len(known) + len(kept)) >= len(known)
        return Dataset((*known, *kept), is_kept, main.columns(), across.columns())


_Numbered = tuple["array[int]", "array[float]"]


class _Builder:
    """Gathers the rows of a matrix whose columns have names."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._columns, self._values = array("l"), array("d")
        self._ends, self._scales = array("l", [0]), array("d")

    def numbered(self, features: Iterable[tuple[str, float]]) -> _Numbered:
        columns, values = array("l"), array("d")
        for name, value in features:
            columns.append(self._numbers.setdefault(name, len(self._numbers)))
            values.append(value)
        return columns, values

    def add(self, parts: Sequence[_Numbered], scale: float) -> None:
        """One row; what several parts say of a column is summed."""
        for columns, values in parts:
            self._columns.extend(columns)
            self._values.extend(values)
        self._ends.append(len(self._columns))
        self._scales.append(scale)

    def columns(self) -> Columns:
        """In the order of their names, whatever order they were met in."""
        names = sorted(self._numbers)
        place = np.empty(len(names), dtype=np.int64)
        for at, name in enumerate(names):
            place[self._numbers[name]] = at
        ends = np.array(self._ends)
        values = np.array(self._values) * np.repeat(np.array(self._scales), np.diff(ends))
        shape = (len(self._scales), len(names))
        matrix = csr_matrix((values, place[np.array(self._columns, dtype=np.int64)], ends), shape=shape)
        matrix.sum_duplicates()
        return Columns(tuple(names), matrix)
