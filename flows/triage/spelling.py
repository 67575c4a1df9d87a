"""Makes spellings meet: the same key for Boulkassoumbougou and Bulkasumbugu, for Djicoroni and Jikɔrɔni."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_LETTERS = str.maketrans({"ɛ": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe", "’": "'", "ʼ": "'", "`": "'"})
_WORD = re.compile(r"[a-z0-9]+|\?")
_MARKED = re.compile(r"[a-z0-9]+|[?!.,;:#]")
_WRITTEN = re.compile(r"[^\W_]+|\?")
_ENDS, _BREAKS, _DASHES = frozenset(".!?:\n…"), frozenset(".!?:\n…,;()"), ("-", "–", "—", "/")
_ACRONYM = 3
"""Letters of the longest word that is written in capitals without being shouted."""

# In order: what French spelling writes in two or three letters and Bambara in one.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ou|w", "u"),
        (r"c(?=[ei])", "s"),
        (r"qu|ck|c(?!h)|q", "k"),
        (r"ch", "s"),
        (r"dj|di(?=[aeou])", "j"),
        (r"gn|ny|ni(?=[aeou])", "n"),
        (r"gu(?=[ei])", "g"),
        (r"ph", "f"),
        (r"y", "i"),
        (r"h", ""),
        (r"n(?=[bp])", "m"),
        (r"(.)\1+", r"\1"),
    )
)
_WHERE_WORDS_MEET = ((re.compile(r"n(?=[bp])"), "m"), (re.compile(r"(.)\1+"), r"\1"))
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}


def plain(text: str) -> str:
    """Lower case without accents, Bambara letters in Latin ones: `Fɔlɔ Été` → `folo ete`."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The plain words of a text, an apostrophe a border (`l'Hippodrome` is two), a question mark a word of its own."""
    return _WORD.findall(plain(text))


def marked(text: str) -> list[str]:
    """The plain words of a text with the punctuation marks between them."""
    return _MARKED.findall(plain(text))


def written(text: str, tokens: Sequence[str]) -> list[str]:
    """A text's words as they stand in it; the plain ones, where letters and words do not match one to one."""
    as_written = _WRITTEN.findall(text)
    return as_written if len(as_written) == len(tokens) else list(tokens)


@dataclass(frozen=True, slots=True)
class Written:
    """A text's plain words, and how each is written."""

    words: list[str]
    capital: list[bool]
    """Begins with a capital, in a text that is not shouted."""
    begins: list[bool]
    """Begins a sentence."""
    breaks: list[bool]
    """Stands behind a punctuation mark; one more than there are words, the last for the end of the text."""
    dashed: list[bool]
    """Is joined to the word before by a dash."""
    short: list[bool]
    """Is in capitals alone, in a text that is not."""
    grave: list[bool]
    """Bears a grave accent: `à` is French, `a` may be Bambara."""

    @staticmethod
    def of(text: str) -> Written:
        tokens = words(text)
        found = list(_WRITTEN.finditer(text))
        if len(found) != len(tokens):
            no = [False] * len(tokens)
            return Written(tokens, no, no, [*no, True], no, no, no)
        letters = [char for char in text if char.isalpha()]
        shouted = sum(char.isupper() for char in letters) * 2 > len(letters)
        ends = [0, *(one.end() for one in found)]
        gaps = [text[end : one.start()] for end, one in zip(ends, found, strict=False)]
        return Written(
            tokens,
            [one[0][0].isupper() and not shouted for one in found],
            [at == 0 or not _ENDS.isdisjoint(gap) for at, gap in enumerate(gaps)],
            [*(at == 0 or not _BREAKS.isdisjoint(gap) for at, gap in enumerate(gaps)), True],
            [gap.strip() in _DASHES for gap in gaps],
            [one[0].isupper() and not shouted for one in found],
            ["à" in one[0].lower() for one in found],
        )

    def is_large(self, at: int) -> bool:
        """Whether a word has a capital that says something: not at the beginning of a sentence, not shouted."""
        return self.capital[at] and not self.begins[at] and (len(self.words[at]) <= _ACRONYM or not self.short[at])

    def is_alone(self, start: int, end: int) -> bool:
        """Whether these words, with a capital, stand by themselves between marks at an end of the text: `… . Gossi`."""
        outer = start == 0 or end == len(self.words)
        return (
            outer and self.capital[start] and self.breaks[start] and self.breaks[end] and end - start < len(self.words)
        )


def key(name: str) -> str:
    """What a name sounds like, whatever its spelling, its hyphens and spaces: equal keys are one name."""
    return key_of([word for word in words(name) if word != "?"])


def key_of(tokens: Sequence[str]) -> str:
    """The key of a name's plain words."""
    if not tokens:
        return ""
    sounds = "".join([sound(tokens[0]), *(sound(_ROMAN.get(token, token)) for token in tokens[1:])])
    if len(tokens) > 1:
        for pattern, to in _WHERE_WORDS_MEET:
            sounds = pattern.sub(to, sounds)
    return sounds[:-1] + "i" if sounds.endswith("e") and len(sounds) > 1 else sounds


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """The key of a single word."""
    return key_of([word])


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """What one plain word sounds like."""
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return word
