"""Writes many items in short transactions, so that other writers to SQLite wait 20 ms at most."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from storage.database import Database

FEWEST, FIRST, MOST = 4, 12, 40
"""Items of a transaction: of any, of the first one, of any."""
BESIDE = 8
"""A transaction takes about as long by itself as for so many items."""
LONGEST, LONGEST_ON_POSTGRESQL = 0.008, 0.1
"""Seconds that a group may take before its commit. On PostgreSQL only those wait who change the same rows."""
Item = TypeVar("Item")


def write_in_groups(
    database: Database,
    items: Sequence[Item],
    write: Callable[[Session, Sequence[Item]], object],
    on_error: Callable[[Sequence[Item], Exception], object],
) -> None:
    """Calls `write` with a transaction and the items of a group, until all are written.

    A group has as many items as a transaction may take, by the time that the last group took, so that other writers to
    SQLite wait 20 ms at most, on a slow computer too. `on_error` is called with a group that was rolled back; what it
    raises ends the work, and earlier groups stay committed.
    """
    longest = LONGEST if database.is_sqlite else LONGEST_ON_POSTGRESQL
    at, size = 0, FIRST
    while at < len(items):
        group, took = items[at : at + size], longest
        at += len(group)
        try:
            with database.write() as transaction:
                began = time.monotonic()
                write(transaction, group)
                took = time.monotonic() - began
        except Exception as error:  # noqa: BLE001 - the caller decides what becomes of the group
            on_error(group, error)
        size = max(FEWEST, min(MOST, int((len(group) + BESIDE) * longest / max(took, 1e-6)) - BESIDE))


def write_slices(
    database: Database, items: Iterable[Item], begin: Callable[[Session], Callable[[Item], object]]
) -> None:
    """Does something for each item, in as many short transactions as needed (`LONGEST`).

    `begin` is called with each transaction and returns a function that is called with each item. An error ends the
    work; earlier transactions stay committed. A transaction ends when another item that takes as long as the last one
    would not fit any more.
    """
    waiting = deque(items)
    while waiting:
        with database.write() as transaction:
            at = time.monotonic()
            until = at + LONGEST
            do = begin(transaction)
            while waiting:
                do(waiting.popleft())
                began, at = at, time.monotonic()
                if at + (at - began) >= until:
                    break
