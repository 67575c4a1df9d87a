"""What the model sees of a message: words, how they sound, pieces of words, words side by side, the lexicon.

What belongs to one word is kept apart from what takes several, so that a word's part can be kept from message to
message. Punctuation marks are words of their own: a question and a cry for help are told by them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from config.pack import Pack
from flows.triage.lexicon import WordList
from flows.triage.spelling import sound

PLACE = "@"
"""Stands for each name of a place: what happens there must not be read off it."""
SHORTEST_PIECE, LONGEST_PIECE = 2, 6
LONGEST_ACROSS = 6
"""Letters of a piece of a word, and of the longest piece across words."""
PIECE, SOUND, ENTRY = 0.4, 1.0, 1.0
"""How much a piece, a sound and an entry of the lexicon weigh beside a whole word."""
_JOINED = ("now", "ongoing", "danger", "today", "recent", "lasting", "risk", "past", "over")


def word_features(word: str) -> Iterator[tuple[str, float]]:
    """The features of one word, or mark, by itself."""
    yield f"w={word}", 1.0
    if not word.isalnum():
        return
    yield f"s={sound(word)}", SOUND
    framed = f"^{word}$"
    for size in range(SHORTEST_PIECE, LONGEST_PIECE + 1):
        for at in range(len(framed) - size + 1):
            yield f"c={framed[at : at + size]}", PIECE


class LexiconFeatures:
    """The entries of the lexicon that a message holds, by part and label."""

    def __init__(self, pack: Pack) -> None:
        lexicon = pack.lexicon
        parts = (("c", lexicon.categories), ("u", lexicon.urgency), ("k", lexicon.kinds))
        self._words = WordList(
            {f"{part}:{label}": texts for part, entries in parts for label, texts in entries.items()}
        )

    def hits(self, tokens: Sequence[str]) -> dict[str, list[str]]:
        """For `c:theft` and its like the words of the message that speak for it."""
        return self._words.hits(tokens)


def phrase_features(tokens: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Two or three words side by side, two also as they sound, and where they begin and end."""
    sounds = [sound(token) for token in tokens]
    for at in range(len(tokens) - 1):
        yield f"w={tokens[at]} {tokens[at + 1]}", at, at + 2
        yield f"s={sounds[at]} {sounds[at + 1]}", at, at + 2
    for at in range(len(tokens) - 2):
        yield f"w={tokens[at]} {tokens[at + 1]} {tokens[at + 2]}", at, at + 3


def lexicon_features(hits: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, float]]:
    """The lexicon's entries, and which of its urgency words meet."""
    said = [name for name in _JOINED if f"u:{name}" in hits]
    for label, found in hits.items():
        yield f"l={label}", ENTRY * min(2, len(found))
        if label.startswith("c:"):
            for name in said:
                yield f"j={label} {name}", ENTRY
    for at, name in enumerate(said):
        for other in said[at + 1 :]:
            yield f"j={name} {other}", ENTRY


def across_features(tokens: Sequence[str]) -> Iterator[str]:
    """Pieces of the message that lie across two words. They tell emergencies better, and categories worse."""
    said = " ".join(tokens)
    gap = said.find(" ")
    while gap > 0:
        for start in range(max(0, gap - LONGEST_ACROSS + 2), gap):
            for end in range(gap + 2, min(start + LONGEST_ACROSS, len(said)) + 1):
                yield said[start:end]
        gap = said.find(" ", gap + 1)


def without_places(tokens: Sequence[str], at: frozenset[int]) -> list[str]:
    """The tokens with every name of a place as one `@`; `at` counts words alone, not the marks between them."""
    out: list[str] = []
    position = -1
    for token in tokens:
        position += token.isalnum() or token == "?"
        if position not in at or not (token.isalnum() or token == "?"):
            out.append(token)
        elif not out or out[-1] != PLACE:
            out.append(PLACE)
    return out
