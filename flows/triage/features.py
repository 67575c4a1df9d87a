"""The features of a message: words, their sounds, pieces of words, neighbouring words, entries of the lexicon.

The features of single words are separate from those of several words, so that the sums of a word can be kept in
memory. Punctuation marks are words of their own: they help to recognise questions and calls for help.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from config.pack import Pack
from flows.triage.lexicon import WordList
from flows.triage.spelling import sound

PLACE = "@"
"""Replaces each name of a place: the model must not learn what usually happens there."""
SHORTEST_PIECE, LONGEST_PIECE = 2, 6
LONGEST_HEARD, LONGEST_ACROSS = 5, 6
"""Letters of the shortest and longest piece of a word, of the longest piece of its sound, and of the longest piece that
lies across two words."""
LONGEST_PHRASE = 3
"""Words of the longest phrase."""
FEWEST_REPEATS, LONGEST_REPEATED = 3, 6
"""How often a phrase must stand on end to be read once (Bambara says words twice on purpose: `teliya teliya`), and the
words of the longest such phrase."""
PIECE, SOUND, ENTRY, TOPIC = 0.4, 1.0, 1.0, 2.0
"""The weights of a piece, a sound, an entry of the lexicon and a topic of it; a whole word weighs 1."""
_JOINED = ("now", "ongoing", "danger", "today", "recent", "lasting", "risk", "past", "over")


def word_features(word: str) -> Iterator[tuple[str, float]]:
    """The features of a single word or punctuation mark, each with its weight."""
    yield f"w={word}", 1.0
    if not word.isalnum():
        return
    heard = sound(word)
    yield f"s={heard}", SOUND
    for sort, text, longest in (("c", f"^{word}$", LONGEST_PIECE), ("h", f"^{heard}$", LONGEST_HEARD)):
        for size in range(SHORTEST_PIECE, longest + 1):
            for at in range(len(text) - size + 1):
                yield f"{sort}={text[at : at + size]}", PIECE


class LexiconFeatures:
    """Finds the entries of the lexicon in a message, by part and label."""

    def __init__(self, pack: Pack) -> None:
        lexicon = pack.lexicon
        parts = (("c", lexicon.categories), ("u", lexicon.urgency), ("k", lexicon.kinds), ("t", lexicon.topics))
        self._words = WordList(
            {f"{part}:{label}": texts for part, entries in parts for label, texts in entries.items()}
        )

    def hits(self, tokens: Sequence[str]) -> dict[str, list[str]]:
        """The words of the message that match, by part and label such as `c:theft`."""
        return self._words.hits(tokens)


def phrase_features(tokens: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Two or three neighbouring words, two also by their sounds; each with the positions where it begins and ends."""
    sounds = [sound(token) for token in tokens]
    for at in range(len(tokens) - 1):
        yield f"w={tokens[at]} {tokens[at + 1]}", at, at + 2
        yield f"s={sounds[at]} {sounds[at + 1]}", at, at + 2
    for at in range(len(tokens) - 2):
        yield f"w={tokens[at]} {tokens[at + 1]} {tokens[at + 2]}", at, at + 3


def lexicon_features(hits: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, float]]:
    """The entries of the lexicon, and the pairs of its urgency labels that occur together."""
    present = [name for name in _JOINED if f"u:{name}" in hits]
    for label, matches in hits.items():
        yield f"l={label}", (TOPIC if label.startswith("t:") else ENTRY) * min(2, len(matches))
        if label.startswith("c:"):
            for name in present:
                yield f"j={label} {name}", ENTRY
    for at, name in enumerate(present):
        for other in present[at + 1 :]:
            yield f"j={name} {other}", ENTRY


def across_features(tokens: Sequence[str]) -> Iterator[str]:
    """Pieces of the message that lie across two words. They help with emergencies, and harm categories."""
    text = " ".join(tokens)
    gap = text.find(" ")
    while gap > 0:
        for start in range(max(0, gap - LONGEST_ACROSS + 2), gap):
            for end in range(gap + 2, min(start + LONGEST_ACROSS, len(text)) + 1):
                yield text[start:end]
        gap = text.find(" ", gap + 1)


def without_places(tokens: Sequence[str], at: frozenset[int]) -> list[str]:
    """The tokens with each name of a place replaced by one `@`.

    `at` are the positions of the names, counted in words without punctuation marks.
    """
    if not at:
        return list(tokens)
    out: list[str] = []
    position = -1
    for token in tokens:
        position += token.isalnum() or token == "?"
        if position not in at or not (token.isalnum() or token == "?"):
            out.append(token)
        elif not out or out[-1] != PLACE:
            out.append(PLACE)
    return out


def said_once(tokens: Sequence[str]) -> list[str]:
    """The tokens with each phrase of up to six words that stands three times or more on end replaced by one.

    Marks and names of places between its repetitions go with them: `SOS ! SOS ! SOS !` is read as `SOS !`. Otherwise
    the features of a phrase that is said ten times would outweigh all others of the message.
    """
    spoken = [at for at, token in enumerate(tokens) if token.isalnum()]
    said = [tokens[at] for at in spoken]
    if max(Counter(said).values(), default=0) < FEWEST_REPEATS:
        return list(tokens)
    gone, first = set[int](), 0
    while first < len(said):
        size, repeats = _repeated(said, first)
        if repeats >= FEWEST_REPEATS:
            last = spoken[first + size * repeats - 1]
            gone.update(range(spoken[first + size - 1] + 1, last + 1))
        first += size * repeats
    return [token for at, token in enumerate(tokens) if at not in gone]


def _repeated(said: Sequence[str], first: int) -> tuple[int, int]:
    """The number of words of the phrase at `first` that stands often enough on end, and how often; else 1 and 1."""
    for size in range(1, LONGEST_REPEATED + 1):
        phrase, repeats = said[first : first + size], 1
        while said[first + size * repeats : first + size * (repeats + 1)] == phrase:
            repeats += 1
        if repeats >= FEWEST_REPEATS:
            return size, repeats
    return 1, 1
