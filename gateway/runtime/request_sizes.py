"""How large the body of a request may be: small everywhere, but for the addresses to which people send files."""

from __future__ import annotations

LARGEST_BODY = 64 * 1024
"""Bytes; the longest SMS of 255 parts is 39 kB of text."""
LARGEST_FILE = 512 * 1024
"""Bytes. A registry of 1,000 committees with their secretaries has about 200 kB as CSV, 120 kB as XLSX."""
LARGEST_UPLOAD = 2 * LARGEST_FILE
"""Bytes of a form with such a file, also when it comes back sealed to be confirmed."""
UPLOADS = frozenset({"/queue/committees/import", "/queue/committees/import/apply"})


def largest_body(path: str) -> int:
    """The largest body, in bytes, that is read at an address."""
    return LARGEST_UPLOAD if path in UPLOADS else LARGEST_BODY
