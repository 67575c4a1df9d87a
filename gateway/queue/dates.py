"""Dates, times and ages as French readers write them, by Babel, in the pack's time zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_datetime, format_timedelta

from gateway.runtime.deployment import Deployment

LOCALE = "fr_FR"


def moment(here: Deployment, at: datetime | None) -> str:
    """`24/11/2026 10:04`; a dash for None."""
    return _written(here, at, "dd/MM/yyyy HH:mm") if at else "—"


def clock_time(here: Deployment, at: datetime) -> str:
    """`10:04` for a moment of today; for any other day, with day and month before it."""
    today = here.now().astimezone(here.pack.time_zone).date()
    return _written(here, at, "HH:mm" if at.astimezone(here.pack.time_zone).date() == today else "d MMM HH:mm")


def day_and_hour(here: Deployment, at: datetime) -> str:
    """`jeudi 3 décembre, 10:00`."""
    return _written(here, at, "EEEE d MMMM, HH:mm")


def age(passed: timedelta) -> str:
    """`3 minutes`, `2 heures`, `5 jours`: rounded to the largest unit that fits; at least one minute."""
    return format_timedelta(max(passed, timedelta(minutes=1)), granularity="minute", threshold=1.5, locale=LOCALE)


def _written(here: Deployment, at: datetime, pattern: str) -> str:
    return format_datetime(at.astimezone(here.pack.time_zone), pattern, locale=LOCALE)
