"""References that are easy to say and to type: `CCS-7K4Q`, no 0/O, no 1/I/L, the last a check character."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PREFIX = "CCS-"
SHORTEST = 3
"""Characters before the check character; longer ones are drawn when the short ones run out."""
LONGEST_DIGITS = 6
"""Digits alone that may be a mistyped reference; more are a phone number or a sum."""
_TYPED = re.compile(rf"(?:CCS)?[\s\-_.]*([{ALPHABET}]{{{SHORTEST + 1},10}})", re.IGNORECASE)

_LEADING = re.compile(r"[\W_]*(ccs)?[\W_]*([a-z0-9]+)(?![^\W_])(.*)", re.IGNORECASE | re.DOTALL)
_QUOTES = " \t\n\"'«»“”‘’"
_BETWEEN = f"{_QUOTES}:.,;!?-"
_VOWELS = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class TypedReference:
    """What stands where a reference is expected: `reference` is None when it is mistyped."""

    reference: str | None
    behind: str
    is_number: bool
    """Digits alone: `CLORE 2000` may go on with sheep that were stolen."""


def draw_reference(chance: random.Random, length: int = SHORTEST) -> str:
    """A new reference; `chance` is a source that nobody can guess (`secrets.SystemRandom`).

    One at least of its characters is a digit: letters alone make words, and some of those must not answer a victim.
    """
    while True:
        body = "".join(chance.choice(ALPHABET) for _ in range(length))
        code = body + check_character(body)
        if any(char.isdigit() for char in code):
            return f"{PREFIX}{code}"


def check_character(body: str) -> str:
    """Catches every single mistyped character and every swap of neighbours.

    A weighted sum modulo 31, a prime; the 7 makes the documents' example, CCS-7K4Q, a true one.
    """
    total = 7 + sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=1))
    return ALPHABET[total % len(ALPHABET)]


def read_reference(typed: str) -> str | None:
    """The reference in what someone typed (`ccs 7k4q`, `7K4Q`), or None when it is none or mistyped."""
    found = _TYPED.fullmatch(typed.strip())
    if not found:
        return None
    code = found[1].upper()
    return f"{PREFIX}{code}" if check_character(code[:-1]) == code[-1] else None


def leading_reference(text: str) -> TypedReference | None:
    """The reference that a text begins with, right or mistyped; None when it begins with a word or a short number.

    A code has a digit, or CCS before it; letters alone are one where they could be no word (`ZZZZ`).
    """
    found = _LEADING.fullmatch(text)
    if not found:
        return None
    prefix, code, behind = found[1], found[2], found[3]
    is_number = code.isdecimal()
    no_word = not _VOWELS & set(code.lower()) and (code.isupper() or len(set(code.lower())) == 1)
    if not (prefix or no_word or any(map(str.isdigit, code))) or not SHORTEST < len(code) <= 10:
        return None
    if is_number and len(code) > LONGEST_DIGITS:
        return None
    return TypedReference(read_reference(code), behind.lstrip(_BETWEEN).rstrip(_QUOTES), is_number and not prefix)
