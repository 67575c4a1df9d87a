"""Numbers, ids and time zones as they come from outside: in an address, a form, a file, a command's argument."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LARGEST_ID = 2**31 - 1
"""The largest id that a PostgreSQL column can hold."""


def read_number(told: str, most: int) -> int | None:
    """A whole number from 0 to `most` in ASCII digits; None for anything else, however long it is."""
    told = told.strip()
    # Python raises an error for numbers with thousands of digits.
    if not (told.isascii() and told.isdecimal() and len(told.lstrip("0")) <= len(str(most))):
        return None
    number = int(told.lstrip("0") or "0")
    return number if number <= most else None


def read_id(told: str) -> int | None:
    """An id from 0 to `LARGEST_ID`; None for anything else."""
    return read_number(told, LARGEST_ID)


def read_zone(told: str) -> ZoneInfo | None:
    """A zone by its name, such as Africa/Bamako; None for anything else: `Africa` alone is a folder of zones."""
    try:
        return ZoneInfo(told)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
