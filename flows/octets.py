"""Decodes the bytes of a text."""

from __future__ import annotations

UTF16 = "utf-16-be"


def decoded(octets: bytes, otherwise: str = "windows-1252") -> str:
    """UTF-8 where the bytes are that: no other text looks so by chance. Else `otherwise`, else Latin-1.

    `otherwise` UTF16 says that each letter has two bytes: then nothing else is tried.
    """
    if otherwise == UTF16:
        return octets.decode(UTF16, "replace")
    for encoding in ("utf-8", otherwise):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")
