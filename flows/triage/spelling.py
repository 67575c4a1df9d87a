"""Makes spellings meet: the same key for Boulkassoumbougou and Bulkasumbugu, for Djicoroni and Jikɔrɔni."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"ɛ": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe", "’": "'", "ʼ": "'"})
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*|\?")

# In order: what French spelling writes in two or three letters and Bambara in one.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ou|w", "u"),
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
        (r"(?<=.)e$", "i"),
    )
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}


def plain(text: str) -> str:
    """Lower case without accents, Bambara letters in Latin ones: `Fɔlɔ Été` → `folo ete`."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The plain words of a text, apostrophes inside kept, a question mark as a word of its own."""
    return _WORD.findall(plain(text))


def key(name: str) -> str:
    """What a name sounds like, whatever its spelling, its hyphens and spaces: equal keys are one name."""
    tokens = re.findall(r"[a-z0-9]+", plain(name))
    return sound("".join(_ROMAN.get(token, token) if at else token for at, token in enumerate(tokens)))


def sound(letters: str) -> str:
    """The key of plain letters without spaces."""
    for pattern, to in _SOUNDS:
        letters = pattern.sub(to, letters)
    return letters
