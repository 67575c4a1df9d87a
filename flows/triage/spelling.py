"""Gives spellings of one name the same key: Boulkassoumbougou and Bulkasumbugu, Djicoroni and Jikɔrɔni."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ɛ": "e", "ɔ": "o", "ɲ": "ny", "ŋ": "ng", "œ": "oe", "’": "'", "ʼ": "'", "`": "'", "🆘": " au secours "}
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[a-z0-9]+|\?")
_MARKED = re.compile(r"[a-z0-9]+|[?!.,;:#]")
_WRITTEN = re.compile(r"[^\W_]+|\?")
_ENDS, _BREAKS, _DASHES = frozenset(".!?:\n…"), frozenset(".!?:\n…,;()"), ("-", "–", "—", "/")
_PLAIN_GAPS = frozenset({" ", "'"})
"""What stands between most words; it is neither a break nor a dash."""
_ACRONYM = 3
"""Letters of the longest word in capitals that counts as an acronym, not as shouted."""

# Applied in this order: sounds that French writes with two or three letters and Bambara with one.
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
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}


def plain(text: str) -> str:
    """The text in lower case, without accents and with Latin letters for Bambara ones: `Fɔlɔ Été` → `folo ete`."""
    lowered = text.lower().translate(_LETTERS)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return _BEYOND_ASCII.sub(_without_mark, decomposed).translate(_LETTERS)


def _without_mark(char: re.Match[str]) -> str:
    return "" if unicodedata.combining(char[0]) else char[0]


def words(text: str) -> list[str]:
    """The plain words of a text. `l'Hippodrome` is two words; a question mark is a word of its own."""
    return _WORD.findall(plain(text))


def marked(text: str) -> list[str]:
    """The plain words of a text and the punctuation marks between them."""
    return _MARKED.findall(plain(text))


def written(text: str, tokens: Sequence[str]) -> list[str]:
    """The words of a text as they are written; `tokens`, its plain words, if the two do not correspond."""
    as_written = _WRITTEN.findall(text)
    return as_written if len(as_written) == len(tokens) else list(tokens)


@dataclass(frozen=True, slots=True)
class Written:
    """The plain words of a text, and how each of them is written. Shouted means: most letters are capitals."""

    words: list[str]
    capital: list[bool]
    """Whether a word begins with a capital in a text that is not shouted."""
    begins: list[bool]
    """Whether a word begins a sentence."""
    breaks: list[bool]
    """Whether a word follows a punctuation mark; one entry more than words, for the end of the text."""
    dashed: list[bool]
    """Whether a word is joined to the word before it by a dash."""
    short: list[bool]
    """Whether a word is in capitals only, in a text that is not shouted."""
    grave: list[bool]
    """Whether a word has an `à`: `à` is French, `a` may be Bambara."""

    @staticmethod
    def of(text: str) -> Written:
        """The words of a text with these marks."""
        tokens = words(text)
        matches = list(_WRITTEN.finditer(text))
        if len(matches) != len(tokens):
            no = [False] * len(tokens)
            return Written(tokens, no, no, [*no, True], no, no, no)
        letters = [char for char in text if char.isalpha()]
        shouted = sum(map(str.isupper, letters)) * 2 > len(letters)
        as_written = [match[0] for match in matches]
        ends = [0, *(match.end() for match in matches)]
        gaps = [text[end : match.start()] for end, match in zip(ends, matches, strict=False)]
        plain_gap = [gap in _PLAIN_GAPS for gap in gaps]
        no = [False] * len(tokens)
        return Written(
            tokens,
            no if shouted else [word[0].isupper() for word in as_written],
            [at == 0 or not (plain_gap[at] or _ENDS.isdisjoint(gap)) for at, gap in enumerate(gaps)],
            [*(at == 0 or not (plain_gap[at] or _BREAKS.isdisjoint(gap)) for at, gap in enumerate(gaps)), True],
            [not plain_gap[at] and gap.strip() in _DASHES for at, gap in enumerate(gaps)],
            no if shouted else [word.isupper() for word in as_written],
            ["à" in word.lower() for word in as_written] if "à" in text.lower() else no,
        )

    def is_large(self, at: int) -> bool:
        """Whether a word has a capital that means something: not the first of a sentence, not shouted."""
        return self.capital[at] and not self.begins[at] and (len(self.words[at]) <= _ACRONYM or not self.short[at])

    def is_alone(self, start: int, end: int) -> bool:
        """Whether these words, with a capital, are a sentence of their own at an end of the text: `… . Gossi`."""
        outer = start == 0 or end == len(self.words)
        return (
            outer and self.capital[start] and self.breaks[start] and self.breaks[end] and end - start < len(self.words)
        )


def key(name: str) -> str:
    """The sound of a name, whatever its spelling, hyphens and spaces: names with equal keys are the same."""
    return key_of([word for word in words(name) if word != "?"])


def key_of(tokens: Sequence[str]) -> str:
    """The key of a name's plain words."""
    if not tokens:
        return ""
    sounds = sound(tokens[0])
    for token in tokens[1:]:
        sounds = joined(sounds, token)
    return sounds[:-1] + "i" if sounds.endswith("e") and len(sounds) > 1 else sounds


def joined(sounds: str, token: str) -> str:
    """The sound of words with one more word behind them: `n` becomes `m` before `b` and `p`, equal letters one."""
    more = sound(_ROMAN.get(token, token))
    if not sounds or not more:
        return sounds + more
    if sounds[-1] == "n" and more[0] in "bp":
        return f"{sounds[:-1]}m{more}"
    return sounds + more[1:] if sounds[-1] == more[0] else sounds + more


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """The key of a single word."""
    return key_of([word])


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """The sound of one plain word."""
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return word
