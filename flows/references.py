"""References that are easy to say and to type: `CCS-7K4Q`, no 0/O, no 1/I/L, the last a check character."""

from __future__ import annotations

import random
import re

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PREFIX = "CCS-"
SHORTEST = 3
"""Characters before the check character; longer ones are drawn when the short ones run out."""
_TYPED = re.compile(rf"(?:CCS)?[\s\-_.]*([{ALPHABET}]{{{SHORTEST + 1},10}})", re.IGNORECASE)


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
