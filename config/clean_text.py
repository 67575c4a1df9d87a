"""What people type and paste, without the characters that no one means: the one way in for every text.

Word, spreadsheets and terminals leave soft breaks, control characters, direction marks and halves of characters in
what is copied from them. XML refuses most of these, and a database or a phone may refuse them too.
"""

from __future__ import annotations

import re
import unicodedata

_SOFT_BREAK = re.compile("[ ]*[\x0b\x0c\x85\u2028\u2029]+[ ]*")
"""Word's and PowerPoint's break inside a paragraph, and others like it: a blank between two words."""


def clean_text(text: str) -> str:
    """A text of several lines: composed (NFC), its line ends `\\n`, tabs kept, every other control character gone."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text
    lines = _SOFT_BREAK.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(char for char in lines if char in "\n\t" or unicodedata.category(char)[0] != "C")
    return unicodedata.normalize("NFC", kept)


def clean_line(text: str) -> str:
    """A text of one line: what `clean_text` leaves, breaks and tabs as blanks, nothing around it."""
    return clean_text(text).replace("\n", " ").replace("\t", " ").strip()
