"""Calculations that give way to everybody who waits for an answer."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from threadpoolctl import threadpool_limits

NICER = 10
"""How much the priority is lowered. On a full processor the calculation gets about a tenth of the time of others."""
LOWEST = 19
Result = TypeVar("Result")


def at_low_priority(calculate: Callable[[], Result]) -> Result:
    """Returns what `calculate` returns. It runs in a thread of low priority, and what it raises is raised here.

    Only calculations belong here. A thread that waits for the processor while it has the database's write lock, or a
    row's, makes citizens wait.
    """
    with ThreadPoolExecutor(1, "calculation", initializer=_lower) as executor:
        return executor.submit(calculate).result()


def calculate_on_one_core() -> None:
    """Keeps numpy's products in the thread that calculates. Call it once, when numpy is loaded.

    The threads of its OpenBLAS would take the cores from those who answer people, at full priority and for nothing: the
    products of one message are small.
    """
    threadpool_limits(limits=1, user_api="blas")


def _lower() -> None:
    """Lowers the priority of this thread; only Linux has a priority for each thread (setpriority(2), "C library/kernel
    differences")."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            lowered = min(os.getpriority(os.PRIO_PROCESS, thread) + NICER, LOWEST)
            os.setpriority(os.PRIO_PROCESS, thread, lowered)
