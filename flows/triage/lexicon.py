"""Looks a message up in the pack's lexicon: words, beginnings of words, and words side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.triage.spelling import words


class WordList:
    """The entries of one part of the lexicon, by their label; counting a message takes one pass over its words."""

    def __init__(self, entries: Mapping[str, Sequence[str]]) -> None:
        self._by_first: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._beginnings: list[tuple[str, str, tuple[str, ...]]] = []
        for label, texts in entries.items():
            for text in texts:
                pattern = tuple(_pattern(text))
                if not pattern:
                    continue
                if pattern[0].endswith("*"):
                    self._beginnings.append((pattern[0][:-1], label, pattern))
                else:
                    self._by_first.setdefault(pattern[0], []).append((label, pattern))

    def hits(self, tokens: Sequence[str]) -> dict[str, list[str]]:
        """For each label the words of the message that speak for it, as they stand there."""
        hits: dict[str, list[str]] = {}
        for at, token in enumerate(tokens):
            candidates = list(self._by_first.get(token, ()))
            candidates += [(label, pat) for start, label, pat in self._beginnings if token.startswith(start)]
            for label, pattern in candidates:
                window = tokens[at : at + len(pattern)]
                if len(window) == len(pattern) and all(map(_matches, window, pattern)):
                    hits.setdefault(label, []).append(" ".join(window))
        return hits


def _pattern(text: str) -> list[str]:
    return [(words(part)[0] if words(part) else "") + ("*" if part.endswith("*") else "") for part in text.split()]


def _matches(token: str, pattern: str) -> bool:
    return token.startswith(pattern[:-1]) if pattern.endswith("*") else token == pattern
