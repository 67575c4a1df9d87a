"""Waits until another process or thread has done something, and fails if it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(look: Callable[[], Value], seconds: float = 20.0) -> Value:
    """Calls `look` until it returns something true, and returns that; fails after `seconds` with the last value."""
    until = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"still {value!r} after {seconds:.0f} s")
        time.sleep(0.02)
