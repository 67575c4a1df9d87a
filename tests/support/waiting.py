"""Waits for what another process or thread does, and fails when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(look: Callable[[], Value], seconds: float = 20.0) -> Value:
    """The first thing true that `look` sees within `seconds`; fails with the last thing it saw."""
    until = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > until:
            raise AssertionError(f"still {seen!r} after {seconds:.0f} s")
        time.sleep(0.02)
