"""Python's search for reference cycles, set so that it never stops a process that answers people for long."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 5_000, 20, 20
"""Each generation is searched after so many new objects, or searches of the generation before. Python's own values are
700, 10 and 10."""


def spare_loaded() -> None:
    """Takes the objects that exist now out of all later searches. Call it when a process has loaded what it needs.

    The pack, the model and the code are about half a million objects that stay for good. Each search of them stops all
    threads for a tenth of a second: https://docs.python.org/3/library/gc.html#gc.freeze.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
