"""Numbers, ids and time zones as they come from outside: in an address, a form, a file, a command's argument."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

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


def read_hour(told: str, most: int) -> int | None:
    """A full hour as `8`, `08:00`, `8h`, `8 h 00` or `08:00:00`; None for anything else."""
    hour = re.fullmatch(r"(\d{1,2})\s*(?:[:hH]\s*(?:00(?::00)?)?)?", told.strip(), re.ASCII)
    return read_number(hour[1], most) if hour else None


def read_id(told: str) -> int | None:
    """An id from 0 to `LARGEST_ID`; None for anything else."""
    return read_number(told, LARGEST_ID)


def read_zone(told: str) -> ZoneInfo | None:
    """A zone by its name, such as Africa/Bamako or africa/bamako; None for anything else: `Africa` alone is a folder of
    zones."""
    try:
        return ZoneInfo(_known_zones().get(told.casefold(), told))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def _known_zones() -> dict[str, str]:
    """The names of all zones by their names in small letters."""
    return {name.casefold(): name for name in available_timezones()}
