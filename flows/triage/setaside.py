"""Which labelled messages are never trained on, whoever trains what: chosen by a hash of their text."""

from __future__ import annotations

import hashlib

ONE_IN = 8


def is_set_aside(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % ONE_IN == 0
