"""The worker's jobs by name. They carry no arguments: all that they do stands in the database.

What they need is imported when they run: the timetable names them and stays small.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from gateway.runtime.logs import innermost


class JobFailed(Exception):
    """What RQ keeps in Redis of an error: its name and line, never its text, which can hold a citizen's."""


def job(do: Callable[[], None]) -> Callable[[], None]:
    """A job whose errors reach Redis without their text."""

    @functools.wraps(do)
    def run() -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not reach Redis
            raise JobFailed(f"{type(error).__name__} at {innermost(error)}") from None

    return run


@job
def drain() -> None:
    """Does all that waits, in batches, until nothing is left."""
    from gateway.worker.dispatcher import drain

    drain()


@job
def sweep() -> None:
    """Every minute: whatever a lost wake-up, a dead worker or an empty Redis has left lying."""
    from gateway.worker.dispatcher import sweep

    sweep()


@job
def send_digests() -> None:
    """Every few minutes: the digests that are due, sudden rises, and the open items of past meetings to the next."""
    from gateway.worker.dispatcher import send_digests

    send_digests()
