"""Makes spellings meet: the same key for Boulkassoumbougou and Bulkasumbugu, for Djicoroni and Jikɔrɔni."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_LETTERS = str.maketrans({"ɛ": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe", "’": "'", "ʼ": "'", "`": "'"})
_WORD = re.compile(r"[a-z0-9]+|\?")
_WRITTEN = re.compile(r"[^\W_]+|\?")

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


def written(text: str, tokens: Sequence[str]) -> list[str]:
    """A text's words as they stand in it; the plain ones, where letters and words do not match one to one."""
    found = _WRITTEN.findall(text)
    return found if len(found) == len(tokens) else list(tokens)


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
def sound(word: str) -> str:
    """What one plain word sounds like."""
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return word
