"""What the model sees of a message: its words, how they sound, pieces of words, words side by side, the lexicon.

Everything but the pairs of words belongs to one word, so that a word's part can be kept from message to message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from config.pack import Pack
from flows.triage.lexicon import WordList
from flows.triage.spelling import sound

PLACE = "@"
"""Stands for each name of a place: what happens there must not be read off it."""
SHORTEST_PIECE, LONGEST_PIECE = 2, 5
PIECE, PAIR, ENTRY = 0.3, 0.7, 1.5
"""How much a piece of a word, a pair and an entry of the lexicon weigh beside a whole word."""
_JOINED = ("now", "ongoing", "danger", "today", "recent", "lasting", "risk", "past", "over")


def word_features(word: str) -> Iterator[tuple[str, float]]:
    """The features of one word by itself."""
    yield f"w={word}", 1.0
    yield f"s={sound(word)}", 1.0
    if word in (PLACE, "?"):
        return
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


def message_features(tokens: Sequence[str], hits: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, float]]:
    """The features that take more than one word: pairs, the lexicon, and which of its urgency words meet."""
    for first, second in zip(("<", *tokens), (*tokens, ">"), strict=True):
        yield f"b={first} {second}", PAIR
    said = [name for name in _JOINED if f"u:{name}" in hits]
    for label, found in hits.items():
        yield f"l={label}", ENTRY * min(2, len(found))
        if label.startswith("c:"):
            for name in said:
                yield f"j={label} {name}", ENTRY
    for at, name in enumerate(said):
        for other in said[at + 1 :]:
            yield f"j={name} {other}", ENTRY


def without_places(tokens: Sequence[str], at: frozenset[int]) -> list[str]:
    """The tokens with every name of a place as one `@`."""
    out: list[str] = []
    for position, token in enumerate(tokens):
        if position not in at:
            out.append(token)
        elif not out or out[-1] != PLACE:
            out.append(PLACE)
    return out
