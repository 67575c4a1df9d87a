"""The worker's jobs by name. They carry no arguments: all that they do stands in the database.

What they need is imported when they run: the timetable names them and stays small.
"""

from __future__ import annotations


def drain() -> None:
    """Does all that waits, in batches, until nothing is left."""
    from gateway.draining import drain

    drain()


def sweep() -> None:
    """Every minute: whatever a lost nudge, a dead worker or an empty Redis has left lying."""
    from gateway.draining import sweep

    sweep()


def send_digests() -> None:
    """Every few minutes: the digests that are due, and the open items of past meetings to the next."""
    from gateway.draining import send_digests

    send_digests()
