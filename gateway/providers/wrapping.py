"""Removes what providers add to a text: URL escapes and HTML entities that were applied once too often."""

from __future__ import annotations

import html
import re
from html.entities import name2codepoint
from urllib.parse import unquote_to_bytes

from flows.octets import decoded

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE_IN_A_WORD = re.compile(r"(?<![\d%])%[0-9A-Fa-f]{2}")
"""Not after a digit: `100%20` may be meant."""
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8}\d{0,2});")
MOST_TIMES = 2
"""How many superfluous encodings are removed from a text."""


def unwrapped(text: str) -> str:
    """Returns the text without URL escapes or HTML entities that a relay left in it.

    URL escapes are removed only if the whole text is clearly escaped: it has no blank, and no `%` without two hex
    digits.
    """
    for _ in range(MOST_TIMES):
        if _is_escaped(text):
            text = decoded(unquote_to_bytes(text.replace("+", " ")))
    return _ENTITY.sub(_character, text)


def _is_escaped(text: str) -> bool:
    if "%" not in text or any(char.isspace() for char in text):
        return False
    return text.count("%") == len(_ESCAPE.findall(text)) and _ESCAPE_IN_A_WORD.search(text) is not None


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    return html.unescape(entity[0]) if name[0] == "#" or name in name2codepoint or name == "apos" else entity[0]
