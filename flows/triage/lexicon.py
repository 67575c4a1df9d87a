"""Finds entries of the pack's lexicon in a message: words, beginnings of words, several words in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from flows.triage.spelling import words

KNOWN_WORDS = 20_000
"""Words whose entries are kept in memory."""
_Entry = tuple[str, tuple[str, ...]]


class WordList:
    """The entries of the lexicon by their label; finding them takes one pass over a message."""

    def __init__(self, entries: Mapping[str, Sequence[str]]) -> None:
        self._by_first: dict[str, list[_Entry]] = {}
        self._by_beginning: dict[str, list[_Entry]] = {}
        for label, texts in entries.items():
            for text in texts:
                pattern = _pattern(text)
                if pattern and pattern[0].endswith("*"):
                    self._by_beginning.setdefault(pattern[0][:-1], []).append((label, pattern))
                elif pattern:
                    self._by_first.setdefault(pattern[0], []).append((label, pattern))
        self._sizes = sorted({len(beginning) for beginning in self._by_beginning})
        self._beginning_with = lru_cache(maxsize=KNOWN_WORDS)(self._find_entries)

    def hits(self, tokens: Sequence[str]) -> dict[str, list[str]]:
        """The words of the message that match entries, by label."""
        hits: dict[str, list[str]] = {}
        for at, token in enumerate(tokens):
            for label, pattern in self._beginning_with(token):
                size = len(pattern)
                if size == 1:
                    hits.setdefault(label, []).append(token)
                elif at + size <= len(tokens) and all(map(_matches, tokens[at + 1 : at + size], pattern[1:])):
                    hits.setdefault(label, []).append(" ".join(tokens[at : at + size]))
        return hits

    def _find_entries(self, token: str) -> tuple[_Entry, ...]:
        """The entries whose first word this word matches."""
        candidates = list(self._by_first.get(token, ()))
        for size in self._sizes:
            if size > len(token):
                break
            candidates += self._by_beginning.get(token[:size], ())
        return tuple(candidates)


def _pattern(text: str) -> tuple[str, ...]:
    """`coup* de feu` → `coup*`, `de`, `feu`."""
    pattern: list[str] = []
    for part in text.split():
        part_words = words(part)
        if part_words and part.endswith("*"):
            part_words[-1] += "*"
        pattern += part_words
    return tuple(pattern)


def _matches(token: str, pattern: str) -> bool:
    return token.startswith(pattern[:-1]) if pattern.endswith("*") else token == pattern
