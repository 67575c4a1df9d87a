"""References that are easy to say and to type: two groups of four characters, `CCS-7K4R-M3XY`.

The last character is a check character. 0, O, 1, I and L are not used. References of the first releases have one group,
`CCS-7K4Q`, and stay valid.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PREFIX = "CCS-"
GROUP = 4
SHORTEST, LONGEST = 4, 10
"""Characters of a code, including the check character."""
LONGEST_DIGITS = 6
"""Up to this many digits may be a mistyped reference; more are a phone number or an amount."""
_CODE = re.compile(rf"[{ALPHABET}]{{{SHORTEST},{LONGEST}}}", re.IGNORECASE | re.ASCII)
_TYPED = re.compile(r"(?:CCS)?[\s\-_.]*([A-Z0-9]+)(?:[\s\-_.]+([A-Z0-9]+))?", re.IGNORECASE)

_LEADING = re.compile(r"[\W_]*(ccs)?[\W_]*([a-z0-9]+)(?![^\W_])(.*)", re.IGNORECASE | re.DOTALL)
_SECOND = re.compile(rf"[\W_]*([{ALPHABET}]{{{GROUP}}})(?![^\W_])(.*)", re.IGNORECASE | re.DOTALL)
_QUOTES = " \t\n\"'«»“”‘’"
_BETWEEN = f"{_QUOTES}:.,;!?-"
_POWERS = [len(ALPHABET) ** place for place in range(2 * GROUP - 1)]
_BODIES = len(ALPHABET) ** len(_POWERS)
"""How many codes there are without their check characters."""
_VOWELS = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class TypedReference:
    """The text in the place of a reference; `reference` is None if it is mistyped, `behind` is the text after it."""

    reference: str | None
    behind: str
    is_number: bool
    """Whether it is digits only: `CLORE 2000` may be the beginning of a sentence about 2000 sheep."""


def draw_reference(chance: random.Random) -> str:
    """A new reference; `chance` is a source that nobody can guess (`secrets.SystemRandom`).

    Each group has a digit, since letters alone make words, and a letter, since digits alone are a number. The first
    group is no reference of its own: what stands behind an old one is never taken for its second group.
    """
    while True:
        number = chance.randrange(_BODIES)  # one call of the system; `choices` would make one for each character
        body = "".join([ALPHABET[number // power % len(ALPHABET)] for power in _POWERS])
        code = body + check_character(body)
        groups = code[:GROUP], code[GROUP:]
        if all(_is_mixed(group) for group in groups) and not _is_right(groups[0]):
            return _reference(code)


def _is_mixed(group: str) -> bool:
    return any(map(str.isdigit, group)) and any(map(str.isalpha, group))


def _is_right(code: str) -> bool:
    return check_character(code[:-1]) == code[-1]


def _reference(code: str) -> str:
    """A code as a reference: with two groups, or one group for an old reference."""
    return f"{PREFIX}{code[:GROUP]}-{code[GROUP:]}" if len(code) == 2 * GROUP else f"{PREFIX}{code}"


def is_long(reference: str) -> bool:
    """Whether a reference has two groups. There are too many of these to find one by trying."""
    return len(reference) > len(PREFIX) + 2 * GROUP


def check_character(body: str) -> str:
    """The check character of a code. It detects every single mistyped character and every swap of two neighbours.

    It is a weighted sum modulo 31, a prime. The 7 makes the example of the documents, CCS-7K4Q, valid.
    """
    total = 7 + sum(weight * ALPHABET.index(char) for weight, char in enumerate(body, start=1))
    return ALPHABET[total % len(ALPHABET)]


def read_reference(typed: str) -> str | None:
    """The reference in a typed text (`ccs 7k4r m3xy`, `7K4Q`); None if the text is no reference or is mistyped."""
    match = _TYPED.fullmatch(typed.strip())
    if not match or (match[2] and not len(match[1]) == len(match[2]) == GROUP):
        return None
    code = (match[1] + (match[2] or "")).upper()
    return _reference(code) if _CODE.fullmatch(code) and _is_right(code) else None


def leading_reference(text: str) -> TypedReference | None:
    """The reference that a text begins with, right or mistyped; None when it begins with a word or a short number.

    A code has a digit, or CCS before it; letters alone are one where they could be no word (`ZZZZ`).
    """
    match = _LEADING.fullmatch(text)
    if not match:
        return None
    prefix, code, behind = match[1], match[2], match[3]
    is_number = code.isdecimal()
    no_word = not _VOWELS & set(code.lower()) and (code.isupper() or len(set(code.lower())) == 1)
    if not (prefix or no_word or any(map(str.isdigit, code))) or not SHORTEST <= len(code) <= LONGEST:
        return None
    if is_number and len(code) > LONGEST_DIGITS:
        return None
    reference = read_reference(code)
    if len(code) == GROUP and (second := _SECOND.fullmatch(behind)):
        whole = read_reference(code + second[1])
        # Words follow an old reference. If a second group follows, it is a reference of two groups, perhaps mistyped.
        if _is_mixed(second[1]) or (whole and not reference):
            reference, behind = whole, second[2]
    return TypedReference(reference, behind.lstrip(_BETWEEN).rstrip(_QUOTES), is_number and not prefix)
