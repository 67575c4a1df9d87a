"""Takes off what providers wrap around a text: its encoding, and escapes that were applied once too often."""

from __future__ import annotations

import html
import re
from html.entities import name2codepoint
from urllib.parse import unquote_to_bytes

from flows.octets import decoded

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE_IN_A_WORD = re.compile(r"(?<![\d%])%[0-9A-Fa-f]{2}")
"""Not behind a digit: `100%20` may be meant."""
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8}\d{0,2});")
MOST_TIMES = 2
"""How often a text is taken to have been encoded too much."""


def unwrapped(text: str) -> str:
    """The text without the URL escapes or HTML entities that a relay left in it, where it is clearly that.

    Of URL escapes it is clear when nothing else is left in the text that they would have replaced: no blank, and no
    `%` without its two digits.
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
