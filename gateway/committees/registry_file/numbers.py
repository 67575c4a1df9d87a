"""Reads the phone numbers of a cell, also as Excel leaves them: without their plus, and without leading zeros."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from config.pack import Pack
from flows.msisdn import BadMsisdn, Msisdn, may_be_written_to, read_msisdn
from storage.refusals import SettingRefused, Why

DIGITS_SHOWN = 2
MASK = "…"
_BETWEEN = re.compile(r"[,;/\n]+")
_MASKED = re.compile(rf"(?:…|\.\.\.|[*•]+)\s?(\d{{{DIGITS_SHOWN}}})")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


def masked(numbers: Iterable[Msisdn]) -> str:
    """Numbers as pages and files show them: their last two digits."""
    return ", ".join(f"{MASK}{number[-DIGITS_SHOWN:]}" for number in numbers)


def read_numbers(pack: Pack, cell: str, known: Sequence[Msisdn]) -> list[Msisdn]:
    """The numbers of a cell that are not yet among `known`. A masked number stands for a known one.

    Raises `SettingRefused`.
    """
    if match := _SHORTENED.search(cell):
        raise SettingRefused(Why.NUMBER_SHORTENED, text=match[0][:20])
    new: list[Msisdn] = []
    endings = {number[-DIGITS_SHOWN:] for number in known}
    for text in filter(None, (part.strip(" '") for part in _BETWEEN.split(cell))):
        if match := _MASKED.fullmatch(text):
            if match[1] not in endings:
                raise SettingRefused(Why.NUMBER_MASKED, ending=match[1])
        elif (number := _read(pack, text)) not in (*known, *new):
            new.append(number)
    return new


def _read(pack: Pack, text: str) -> Msisdn:
    # Excel takes a leading zero from a number. It is certain that there was one if the rest is no number without it.
    forms = (text, f"0{text}") if text.isdecimal() else (text,)
    for form in forms:
        try:
            number = read_msisdn(form, pack.country)
        except BadMsisdn:
            continue
        if not may_be_written_to(number, pack.sms_countries):
            raise SettingRefused(Why.NUMBER_ABROAD, ending=number[-DIGITS_SHOWN:])
        return number
    raise SettingRefused(Why.NO_NUMBER)
