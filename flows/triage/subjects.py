"""The subjects and landmarks of the pack that a message names: what titles of agenda items are made of."""

from __future__ import annotations

from collections.abc import Sequence

from config.pack import Pack
from flows.triage.lexicon import WordList


class SubjectReader:
    """Finds the subjects of a pack in the words of a message."""

    def __init__(self, pack: Pack) -> None:
        self._words = WordList({subject.code: subject.words for subject in pack.subjects.all()})

    def read(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """Their codes, each once, in alphabetical order."""
        return tuple(sorted(self._words.hits(tokens)))
