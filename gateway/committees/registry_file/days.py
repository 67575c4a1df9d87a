"""Days as people and spreadsheets write them in a registry file."""

from __future__ import annotations

from datetime import date, timedelta

from babel.dates import get_month_names

from config.clean_text import plain_words
from storage.refusals import SettingRefused, Why

FIRST_EXCEL_DAY = date(1899, 12, 30)
"""Spreadsheets keep a day as the number of days since then."""
EXCEL_DAYS = range(36526, 73051)
"""The years 2000 to 2099."""
MONTH_NAMES = {
    form: month
    for locale in ("fr", "en")
    for width in ("wide", "abbreviated")
    for month, name in get_month_names(width, locale=locale).items()
    for form in [plain_words(name)]
}
"""The months by their French and English names, whole or short, without capitals, accents and dots."""


def read_day(text: str) -> date:
    """Reads a day as `2026-11-24`, as the French write it, or with the month's name, French or English.

    Raises `SettingRefused`, with what was probably meant.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    text = _in_numbers(text)
    if text.isascii() and text.isdecimal() and len(text) == 5 and int(text) in EXCEL_DAYS:
        counted = FIRST_EXCEL_DAY + timedelta(days=int(text))
        raise SettingRefused(Why.DAY_OF_A_SPREADSHEET, text=text, day=counted)
    try:
        day, month, year = (int(part) for part in text.replace("-", "/").replace(".", "/").split("/"))
        if year in range(2000, 2100):
            return date(year, month, day)
        meant = date(2000 + year, month, day) if year in range(100) else None
    except ValueError:
        meant = None
    raise SettingRefused(Why.NO_DAY, meant, text=text[:20])


def _in_numbers(text: str) -> str:
    """`24/11/2026` for `24 novembre 2026` and `Nov 24, 2026`; any other text unchanged."""
    match plain_words(text).split():
        case [named_day, named, year] if named in MONTH_NAMES:
            return f"{named_day.removesuffix('er')}/{MONTH_NAMES[named]}/{year}"
        case [named, named_day, year] if named in MONTH_NAMES:
            return f"{named_day}/{MONTH_NAMES[named]}/{year}"
    return text
