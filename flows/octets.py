"""Decodes the bytes of a text."""

from __future__ import annotations

UTF16 = "utf-16-be"


def decoded(octets: bytes, otherwise: str = "windows-1252") -> str:
    """The text of bytes: UTF-8 if they are valid UTF-8, else the encoding `otherwise`, else Latin-1.

    If `otherwise` is UTF-16, each letter has two bytes, and nothing else is tried.
    """
    if otherwise == UTF16:
        return octets.decode(UTF16, "replace")
    for encoding in ("utf-8", otherwise):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")
