"""Keywords of an SMS: the keyword itself, its argument, and the courtesy that may stand beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from config.pack import Pack
from flows.triage.spelling import plain

Words = tuple[str, ...]
_WORD = re.compile(r"[^\W_]+")


def said_words(text: str) -> Words:
    """The plain words of a text in any script: a word that belongs to no keyword must not be overlooked."""
    return tuple(_WORD.findall(plain(text)))


def without_courtesy(words: Words, pack: Pack) -> Words:
    """The words without those that may stand beside a keyword: SMS, svp, merci, our short code."""
    polite = _courtesies(pack)
    left: list[str] = []
    at = 0
    while at < len(words):
        skipped = next((len(phrase) for phrase in polite if words[at : at + len(phrase)] == phrase), 0)
        if not skipped:
            left.append(words[at])
        at += skipped or 1
    return tuple(left)


def from_the_keyword_on(text: str, pack: Pack) -> str:
    """A text without the courtesy at its beginning; its other words as they were written."""
    polite = _courtesies(pack)
    while first := next((courtesy for courtesy in polite if said_words(text)[: len(courtesy)] == courtesy), None):
        text = re.sub(rf"(?:[\W_]*[^\W_]+){{{len(first)}}}[\W_]*", "", text, count=1)
    return text


def _courtesies(pack: Pack) -> list[Words]:
    polite = [_phrase(courtesy) for language in pack.languages.values() for courtesy in language.beside]
    return sorted([*polite, _phrase(pack.short_code)], key=len, reverse=True)


def keywords(tables: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[Words, str]:
    """The meaning of each keyword. A keyword may have several words."""
    return {_phrase(key): meaning for table in tables for meaning, keys in table.items() for key in keys}


def leading_keyword(words: Words, known: Mapping[Words, str]) -> tuple[str, Words] | None:
    """The meaning of the longest keyword that a message begins with, and the words behind it."""
    for length in range(min(len(words), 4), 0, -1):
        if meaning := known.get(words[:length]):
            return meaning, words[length:]
    return None


def taken_out(words: Words, phrases: Iterable[str]) -> Words | None:
    """The words around the longest of these phrases in a message; None if the message has none of them."""
    for phrase in sorted(map(_phrase, phrases), key=len, reverse=True):
        for at in range(len(words) - len(phrase) + 1 if phrase[0] in words else 0):
            if words[at : at + len(phrase)] == phrase:
                return words[:at] + words[at + len(phrase) :]
    return None


@lru_cache(maxsize=2000)
def _phrase(text: str) -> Words:
    return said_words(text)
