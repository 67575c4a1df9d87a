"""Finds the features of a message that a model knows by numbers instead of by names: many at once, without new texts.

Training names the features (`flows.triage.features`); here each name becomes one number, and all features of a message
are searched in one sorted array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from flows.triage.features import LONGEST_ACROSS

Numbers = NDArray[np.int64]
Values = TypeVar("Values", NDArray[np.int64], NDArray[np.float32])
_BITS, _SYMBOL_BITS = 20, 6
"""Bits of the number of a word in a phrase, and of a character in a piece."""
_SYMBOLS = b" !#,.0123456789:;?@abcdefghijklmnopqrstuvwxyz"
_OUTSIDE = 63
"""The symbol of a position before or behind a message, and of a character that no token has."""
_UNKNOWN = (1 << _BITS) - 1
"""The number of a word that no phrase has."""
_PAIR, _TRIPLE, _SOUNDS = 1, 2, 3


@dataclass(frozen=True)
class Phrases:
    """Known phrases of a message: the row of each in the vocabulary, its first word, and how many words it has."""

    rows: Numbers
    starts: Numbers
    widths: Numbers


class PhraseIndex:
    """The phrases of a vocabulary (`features.phrase_features`), by the numbers of their words and sounds."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._words: dict[str, int] = {}
        self._sounds: dict[str, int] = {}
        keys, rows = [], []
        for row, name in enumerate(vocabulary):
            sort, _, phrase = name.partition("=")
            if sort in "ws" and " " in phrase:
                numbers = self._sounds if sort == "s" else self._words
                parts = [numbers.setdefault(part, len(numbers)) for part in phrase.split(" ")]
                kind = _SOUNDS if sort == "s" else _PAIR if len(parts) == 2 else _TRIPLE
                keys.append(_phrase_key(kind, *parts))
                rows.append(row)
        self._keys, self._rows = _sorted(np.array(keys, dtype=np.int64), np.array(rows, dtype=np.int64))

    def numbers(self, word: str, heard: str) -> tuple[int, int]:
        """The numbers of a word and of its sound in phrases."""
        return self._words.get(word, _UNKNOWN), self._sounds.get(heard, _UNKNOWN)

    def find(self, numbers: Sequence[tuple[int, int]]) -> Phrases:
        """The known phrases of a message whose words have these `numbers`."""
        words, sounds = np.array(numbers, dtype=np.int64).reshape(-1, 2).T
        count = max(len(words) - 1, 0)
        keys = np.concatenate(
            [
                _phrase_key(_PAIR, words[:-1], words[1:]),
                _phrase_key(_SOUNDS, sounds[:-1], sounds[1:]),
                _phrase_key(_TRIPLE, words[:-2], words[1:-1], words[2:]),
            ]
        )
        at, is_known = _search(self._keys, keys)
        known = np.flatnonzero(is_known)
        starts = np.where(known < 2 * count, known % max(count, 1), known - 2 * count)
        return Phrases(self._rows[at[known]], starts, np.where(known < 2 * count, 2, 3))


class PieceIndex:
    """The pieces across words that a model knows (`features.across_features`), with their weights."""

    def __init__(self, pieces: Sequence[str], weights: NDArray[np.float32]) -> None:
        symbols = (
            np.array(pieces[: len(weights)], dtype=f"S{LONGEST_ACROSS}").view(np.uint8).reshape(-1, LONGEST_ACROSS)
        )
        self._keys, self._weights = _sorted(_SYMBOL_OF[symbols] @ _DIGITS, weights)

    def weight(self, tokens: Sequence[str]) -> float:
        """The sum of the weights of all pieces of a message that are known."""
        text = np.frombuffer(" ".join(tokens).encode("ascii", "replace"), dtype=np.uint8)
        symbols = np.concatenate([_MARGIN, _SYMBOL_OF[text], _MARGIN])
        around = symbols[np.flatnonzero(symbols == _SPACE)[:, None] + _REACH]
        at, known = _search(self._keys, (around @ _PIECES_AROUND).ravel())
        return float(self._weights[at[known]].sum())


def _phrase_key(kind: int, *parts: Any) -> Any:
    """The number of a phrase from the numbers of its words; arrays give the numbers of several phrases."""
    key: Any = kind
    for part in parts:
        key = (key << _BITS) | part
    return key


def _symbol_of() -> Numbers:
    """The symbol of each byte: 0 for the end of a short piece, then the characters of tokens."""
    symbols = np.full(256, _OUTSIDE, dtype=np.int64)
    symbols[0] = 0
    symbols[np.frombuffer(_SYMBOLS, dtype=np.uint8)] = np.arange(1, len(_SYMBOLS) + 1)
    return symbols


def _pieces_around() -> Numbers:
    """A matrix that turns the symbols around a gap into the numbers of all pieces that lie across it."""
    columns = []
    for start in range(LONGEST_ACROSS - 2):
        for end in range(LONGEST_ACROSS, min(start + LONGEST_ACROSS, len(_REACH)) + 1):
            column = np.zeros(len(_REACH), dtype=np.int64)
            column[start:end] = _DIGITS[: end - start]
            columns.append(column)
    return np.stack(columns, axis=1)


def _sorted(keys: Numbers, values: Values) -> tuple[Numbers, Values]:
    """Keys in ascending order with their values, and a last one that nothing has: each search ends inside."""
    order = np.argsort(keys)
    return np.append(keys[order], np.iinfo(np.int64).max), np.append(values[order], values.dtype.type(0))


def _search(keys: Numbers, wanted: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """Where each wanted number stands among sorted keys, and whether it is one of them."""
    at = np.searchsorted(keys, wanted)
    return at, keys[at] == wanted


_REACH = np.arange(-(LONGEST_ACROSS - 2), LONGEST_ACROSS - 1)
"""The positions of all pieces across a gap, counted from the gap."""
_DIGITS = 1 << (_SYMBOL_BITS * np.arange(LONGEST_ACROSS - 1, -1, -1, dtype=np.int64))
"""The factors with which the symbols of a piece become one number."""
_SYMBOL_OF = _symbol_of()
_SPACE = _SYMBOL_OF[ord(" ")]
_MARGIN = np.full(LONGEST_ACROSS, _OUTSIDE, dtype=np.int64)
_PIECES_AROUND = _pieces_around()
