"""Does a transaction again that lost a race against another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

TRIES = 4
DEADLOCK, SERIALIZATION_FAILURE = "40P01", "40001"
"""PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
Result = TypeVar("Result")


def done_again(transact: Callable[[], Result]) -> Result:
    """Returns what `transact` returns, which is one whole transaction; a transaction that lost a race is done again.

    It loses if another one has changed the same row since it read it, or if the two wait for each other. Nothing of it
    is kept then, and a citizen's message must not be refused for it. Raises the last error.
    """
    for _ in range(TRIES - 1):
        try:
            return transact()
        except (StaleDataError, DBAPIError) as error:
            if not _is_lost_race(error):
                raise
    return transact()


def _is_lost_race(error: StaleDataError | DBAPIError) -> bool:
    if isinstance(error, StaleDataError):
        return True
    return getattr(error.orig, "sqlstate", None) in (DEADLOCK, SERIALIZATION_FAILURE)
