"""Removes characters from typed and pasted texts that nobody typed on purpose. Every text from outside goes through it.

Texts copied from Word, spreadsheets and terminals contain soft breaks, control characters, direction marks and lone
surrogates. XML refuses most of these, and a database or a phone may refuse them too.
"""

from __future__ import annotations

import re
import unicodedata

_SOFT_BREAK = re.compile("[ ]*[\x0b\x0c\x85\u2028\u2029]+[ ]*")
"""The line break inside a paragraph of Word and PowerPoint, and similar ones. It becomes a blank."""


def clean_text(text: str) -> str:
    """A text of several lines: composed (NFC), with line ends `\\n` and tabs, without other control characters."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text
    lines = _SOFT_BREAK.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(char for char in lines if char in "\n\t" or unicodedata.category(char)[0] != "C")
    return unicodedata.normalize("NFC", kept)


def plain_words(text: str) -> str:
    """A text without capitals, accents and signs, its words joined by one blank: `Févr.` is `fevr`."""
    letters = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", " ", letters.casefold()).strip()


def clean_line(text: str) -> str:
    """A text of one line: as `clean_text`, with breaks and tabs as blanks, without blanks around it."""
    return clean_text(text).replace("\n", " ").replace("\t", " ").strip()
