"""Changes the settings of one committee in the registry, and closes a committee."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from babel import Locale
from sqlalchemy.orm import Session as Transaction

from config.clean_text import clean_line, plain_words
from config.money import Money, minor_digits, read_amount
from config.outside import read_hour, read_number, read_zone
from config.pack import Pack
from flows.committees.meetings import JOURS, WEEKDAYS, read_rule
from storage.committees.budgets import release
from storage.committees.committees import plan_anew, zone_of
from storage.refusals import SettingRefused, Why
from storage.tables.committees import Committee

SHORTEST = 3
"""Letters of a weekday's shortest form: `lun.`, `Mon`. No two days share it in either language."""
_WEEKDAY_OF = {
    form: weekday
    for number, (jour, weekday) in enumerate(zip(JOURS, WEEKDAYS, strict=True), start=1)
    for form in (jour, weekday, jour[:SHORTEST], weekday[:SHORTEST], str(number))
}
"""The weekday by its French or English name, short or whole, or by its number (ISO 8601: 1 is Monday)."""


def change_committee(
    transaction: Transaction, pack: Pack, committee: Committee, settings: Mapping[str, str], now: datetime
) -> bool:
    """Sets the given settings; returns whether anything changed.

    Values are texts, as from a form or a file; an empty text means the pack's own value.

    Raises `MeetingRuleError` and `SettingRefused`.
    """
    before = {name: getattr(committee, name) for name in SETTINGS}
    for name, text in settings.items():
        read = SETTINGS.get(name)
        if read is None:
            raise SettingRefused(Why.SETTING_UNKNOWN, name=name)
        setattr(committee, name, read(pack, name, text.strip()))
    if committee.monthly_budget != before["monthly_budget"]:
        release(transaction, committee.code, now)
    if committee.meets != before["meets"]:
        plan_anew(transaction, pack, committee, now)
    transaction.flush()
    return before != {name: getattr(committee, name) for name in SETTINGS}


def _rule(_: Pack, __: str, text: str) -> str | None:
    if text:
        read_rule(text)
    return text or None


def _zone(_: Pack, __: str, text: str) -> str | None:
    zone = read_zone(text) if text else None
    if text and zone is None:
        raise SettingRefused(Why.NO_TIME_ZONE, text=text[:40])
    return zone.key if zone else None


def _language(pack: Pack, _: str, text: str) -> str | None:
    names = {plain_words(name): code for code in pack.languages for name in _names_of_language(pack, code)}
    code = names.get(plain_words(text)) if text else None
    if text and code is None:
        raise SettingRefused(Why.NO_LANGUAGE, known=", ".join(pack.languages))
    return code


def _names_of_language(pack: Pack, code: str) -> set[str]:
    """A language's code, and its names in itself, in French and in English."""
    return {code, pack.languages[code].name, *(Locale(tongue).languages.get(code, code) for tongue in ("fr", "en"))}


def _weekday(_: Pack, __: str, text: str) -> str | None:
    weekday = _WEEKDAY_OF.get(plain_words(text)) if text else None
    if text and weekday is None:
        raise SettingRefused(Why.NO_WEEKDAY, known=", ".join(WEEKDAYS))
    return weekday


def _number(most: int) -> Callable[[Pack, str, str], int | None]:
    def read(_: Pack, name: str, text: str) -> int | None:
        number = read_number(text, most)
        if text and number is None:
            raise SettingRefused(Why.NO_WHOLE_NUMBER, _meant(text, most), name=name, most=most)
        return number

    return read


def _hour(most: int) -> Callable[[Pack, str, str], int | None]:
    def read(_: Pack, name: str, text: str) -> int | None:
        hour = read_hour(text, most)
        if text and hour is None:
            raise SettingRefused(Why.NO_WHOLE_NUMBER, _meant(text, most), name=name, most=most)
        return hour

    return read


def _meant(text: str, most: int) -> int | None:
    """The number that was probably meant by `50 000` or `8,0`; None if that cannot be said."""
    match = re.fullmatch(r"(\d+)(?:[:hH]\s?0*|[.,]0*)?", "".join(text.split()), re.ASCII)
    meant = int(match[1][:12]) if match else most + 1
    return meant if meant <= most else None


YES = ("1", "oui", "o", "yes", "y", "true", "vrai", "x", "on")
NO = ("", "0", "non", "n", "no", "false", "faux", "off")


def _flag(_: Pack, name: str, text: str) -> bool:
    """Reads yes or no as people and spreadsheets write them; an empty text is no. Raises `SettingRefused`."""
    if text.casefold() not in (*YES, *NO):
        raise SettingRefused(Why.NO_YES_OR_NO, name=name)
    return text.casefold() in YES


MOST_BUDGET = 10**9
"""The largest monthly budget, in the currency's smallest unit."""


def _budget(pack: Pack, name: str, text: str) -> int | None:
    """Reads an amount in the currency's own unit; returns it in the smallest unit."""
    try:
        amount = read_amount(text, pack.currency).amount if text else None
    except ValueError:
        amount = MOST_BUDGET + 1
    if amount is not None and amount > MOST_BUDGET:
        most, example = Money(MOST_BUDGET, pack.currency).number, Money(2550, pack.currency).number
        why = Why.NO_AMOUNT if minor_digits(pack.currency) else Why.NO_WHOLE_AMOUNT
        meant = _meant(text, MOST_BUDGET)
        raise SettingRefused(why, meant, name=name, currency=pack.currency, most=most, example=example)
    return amount


SETTINGS: dict[str, Callable[[Pack, str, str], Any]] = {
    "chair": lambda _, __, text: clean_line(text)[:120] or None,
    "meets": _rule,
    "time_zone": _zone,
    "language": _language,
    "digest_weekday": _weekday,
    "digest_hour": _hour(23),
    "quiet_from": _hour(23),
    "quiet_until": _hour(24),
    "monthly_budget": _budget,
    "agenda_size": _number(50),
    "venue": lambda _, __, text: clean_line(text)[:160] or None,
    "silent_when_quiet": _flag,
}
"""The settings of a committee that people may change, each with the function that reads it from a text."""


def shown_setting(pack: Pack, name: str, value: object) -> str | None:
    """A setting as people write it; None if the pack's value applies."""
    if value is None:
        return None
    return Money(value, pack.currency).number if name == "monthly_budget" and isinstance(value, int) else str(value)


def close_committee(transaction: Transaction, pack: Pack, committee: Committee, now: datetime) -> None:
    """Marks a committee as closed. Its open items are moved by `storage.committees.competence.give_up_all`.

    Raises `SettingRefused` for a committee that is not installed, or whose level always exists.
    """
    if not committee.installed:
        raise SettingRefused(Why.NOT_INSTALLED)
    if any(level.id == committee.level and level.always_installed for level in pack.levels):
        raise SettingRefused(Why.ALWAYS_INSTALLED)
    committee.installed, committee.closed_on = False, now.astimezone(zone_of(pack, committee)).date()
    transaction.flush()
