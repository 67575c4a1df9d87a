"""Labelled messages as matrices: a row for each message, a column for each feature."""

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
    said_once,
    without_places,
    word_features,
)
from flows.triage.places.reader import PlaceReader
from flows.triage.spelling import marked, words

RAREST, RAREST_KEPT = 2, 3
"""Messages in which a feature must occur. A feature of corrections only must occur in those of three persons, so that
nobody can read the words of a single citizen off the model."""
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The features of one sort: their names in alphabetical order, and a matrix of how much of each a message has."""

    names: tuple[str, ...]
    matrix: csr_matrix

    def messages(self, rows: Rows) -> Rows:
        """How many of the messages at `rows` have each feature."""
        return np.bincount(self.matrix[rows].indices, minlength=len(self.names))


@dataclass(frozen=True)
class Dataset:
    """All labelled messages with all their features; each model gets a selection of both."""

    examples: tuple[Example, ...]
    is_kept: NDArray[np.bool_]
    """Whether an example is a correction of the deployment."""
    main: Columns
    across: Columns

    def worth_learning(self, columns: Columns, rows: Rows) -> Rows:
        """The columns of the features that occur in enough of the messages at `rows`."""
        kept = rows[self.is_kept[rows]]
        in_pack = columns.messages(rows[~self.is_kept[rows]])
        enough = (in_pack > 0) & (in_pack + columns.messages(kept) >= RAREST)
        persons = np.zeros(len(columns.names), dtype=np.int64)
        writers = np.array([self.examples[row].writer for row in kept])
        for writer in np.unique(writers):
            persons += columns.messages(kept[writers == writer]) > 0
        return np.flatnonzero(enough | (persons >= RAREST_KEPT))


class DatasetReader:
    """Turns examples into features, with names of places replaced as in reading."""

    def __init__(self, pack: Pack, where: PlaceReader) -> None:
        self._where = where
        self._lexicon = LexiconFeatures(pack)

    def read(self, known: Sequence[Example], kept: Sequence[Example]) -> Dataset:
        """`known` are the pack's examples, `kept` the corrections of a deployment."""
        main, across = _Builder(), _Builder()
        word = lru_cache(maxsize=None)(lambda token: main.numbered(word_features(token)))
        for example in (*known, *kept):
            place = self._where.read(example.text)
            at = place.at if place else frozenset[int]()
            tokens = said_once(without_places(marked(example.text), at))
            hits = self._lexicon.hits(said_once(without_places(words(example.text), at)))
            scale = 1 / math.sqrt(len(tokens) + 1)
            phrases = main.numbered((name, 1.0) for name, _, _ in phrase_features(tokens))
            main.add([*map(word, tokens), phrases, main.numbered(lexicon_features(hits))], scale)
            across.add([across.numbered((piece, 1.0) for piece in across_features(tokens))], scale)
        is_kept = np.arange(len(known) + len(kept)) >= len(known)
        return Dataset((*known, *kept), is_kept, main.columns(), across.columns())


_Numbered = tuple["array[int]", "array[float]"]


class _Builder:
    """Collects the rows of a matrix whose columns have names."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._columns, self._values = array("l"), array("d")
        self._ends, self._scales = array("l", [0]), array("d")

    def numbered(self, features: Iterable[tuple[str, float]]) -> _Numbered:
        """The columns and values of features; a new feature gets a column."""
        columns, values = array("l"), array("d")
        for name, value in features:
            columns.append(self._numbers.setdefault(name, len(self._numbers)))
            values.append(value)
        return columns, values

    def add(self, parts: Sequence[_Numbered], scale: float) -> None:
        """Adds a row that is the sum of its parts, times `scale`."""
        for columns, values in parts:
            self._columns.extend(columns)
            self._values.extend(values)
        self._ends.append(len(self._columns))
        self._scales.append(scale)

    def columns(self) -> Columns:
        """The matrix with its columns in the order of their names."""
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
