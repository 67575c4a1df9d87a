"""The worker's jobs by name. They take no arguments: all their work is in the database.

They import their modules when they run, so that the timetable process, which only names them, stays small.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from gateway.runtime.logs import innermost


class JobFailed(Exception):
    """What RQ stores in Redis about an error: its name and line, never its text, which can hold a citizen's words."""


def job(do: Callable[[], None]) -> Callable[[], None]:
    """Wraps a job so that its errors reach Redis without their text. The job raises `JobFailed`."""

    @functools.wraps(do)
    def run() -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not reach Redis
            raise JobFailed(f"{type(error).__name__} at {innermost(error)}") from None

    return run


@job
def drain() -> None:
    """Does all work that waits, in batches."""
    from gateway.worker.dispatcher import drain

    drain()


@job
def sweep() -> None:
    """Every minute: does what is due by the clock, and the work that a lost wake-up or a dead worker has left."""
    from gateway.worker.dispatcher import sweep

    sweep()


@job
def send_digests() -> None:
    """Every few minutes: sends due digests and surge alerts, and moves open items of past meetings to the next one."""
    from gateway.worker.dispatcher import send_digests

    send_digests()
