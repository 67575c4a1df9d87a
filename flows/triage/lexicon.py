"""Finds entries of the pack's lexicon in a message: words, beginnings of words, several words in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.triage.spelling import words

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

    def hits(self, tokens: Sequence[str]) -> dict[str, list[str]]:
        """The words of the message that match entries, by label."""
        hits: dict[str, list[str]] = {}
        for at, token in enumerate(tokens):
            for label, pattern in self._candidates(token):
                window = tokens[at : at + len(pattern)]
                if len(window) == len(pattern) and all(map(_matches, window, pattern)):
                    hits.setdefault(label, []).append(" ".join(window))
        return hits

    def _candidates(self, token: str) -> list[_Entry]:
        candidates = list(self._by_first.get(token, ()))
        for size in self._sizes:
            if size > len(token):
                break
            candidates += self._by_beginning.get(token[:size], ())
        return candidates


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
