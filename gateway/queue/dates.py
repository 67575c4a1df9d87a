"""Dates, times and ages in the language of the page, by Babel, in the pack's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date, format_datetime, format_timedelta, get_day_names
from babel.numbers import format_decimal

from flows.committees.meetings import WEEKDAYS, read_rule
from gateway.runtime.deployment import Deployment
from gateway.translations.texts import SOURCE, page_language


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


def weekday_and_day(at: datetime) -> str:
    """`jeudi 3`, in the moment's own zone."""
    return format_date(at, "EEEE d", locale=page_language())


def month_and_year(first: date) -> str:
    """`décembre 2026`."""
    return format_date(first, "MMMM y", locale=page_language())


def weekday_names() -> dict[str, str]:
    """The names of the weekdays by their codes, Monday first."""
    names = get_day_names(locale=page_language())
    return {code: names[number] for number, code in enumerate(WEEKDAYS)}


def rule_in_words(rule: str) -> str:
    """A committee's meeting rule, in a form that the committee's page reads too."""
    meeting_rule = read_rule(rule)
    return meeting_rule.in_french() if page_language() == SOURCE else meeting_rule.in_english()


def on_day(moment: datetime) -> str:
    """A day as people write it, in the moment's own zone: `1/12/2026`."""
    return f"{moment.day}/{moment:%m/%Y}"


def hour_of(moment: datetime) -> str:
    """The time of day in the moment's own zone: `06:00`."""
    return f"{moment:%H:%M}"


def decimal(number: float) -> str:
    """A number with one decimal: `12,5` in French, `12.5` in English."""
    return format_decimal(number, "#,##0.0", locale=page_language())


def age(passed: timedelta) -> str:
    """`3 minutes`, `2 heures`, `5 jours`: rounded to the largest unit that fits; at least one minute."""
    return format_timedelta(
        max(passed, timedelta(minutes=1)), granularity="minute", threshold=1.5, locale=page_language()
    )


def _written(here: Deployment, at: datetime, pattern: str) -> str:
    return format_datetime(at.astimezone(here.pack.time_zone), pattern, locale=page_language())
