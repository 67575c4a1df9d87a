"""Reads phone numbers as providers and people write them, into E.164."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import NewType
from urllib.parse import unquote

import phonenumbers
from phonenumbers import PhoneNumber

Msisdn = NewType("Msisdn", str)
"""A number in E.164 with its plus sign, such as `+22376000001`."""

_COST_EXTRA = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


_MESSENGER = re.compile(r"@[\w.-]*$")
LEAST_INTERNATIONAL = 10
"""Digits of the shortest mobile number with its country code; fewer without a plus are a short code."""


class BadMsisdn(ValueError):
    """The text is not a phone number. The message of the error does not contain it."""


def read_msisdn(raw: str, country: str) -> Msisdn:
    """A number as a provider or a person writes it: E.164, national, or with its plus sign lost to a space.

    Digits that are no possible number of `country` (ISO 3166, `ML`) are read as E.164 without its plus, as providers
    write the numbers of neighbouring countries. A plus that was encoded twice (`%2B`) and the address of a messenger
    (`@c.us`) are read too. Raises `BadMsisdn`.
    """
    if (written_whole := _written_whole(country)) and written_whole.fullmatch(raw):
        return Msisdn(raw)
    text = _plain(raw)
    if len(text) <= 32:
        for form in _forms(text):
            if number := _possible(form, country):
                return Msisdn(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    raise BadMsisdn("not a phone number")


@cache
def _written_whole(country: str) -> re.Pattern[str] | None:
    """The country's own numbers in E.164, which is how providers send nearly all: those need no parser.

    None where a national prefix may stand behind the country code, which the parser has to take away.
    """
    code = phonenumbers.country_code_for_region(country)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code))
    if metadata is None or metadata.national_prefix_for_parsing or metadata.general_desc is None:
        return None
    lengths = [length for length in metadata.general_desc.possible_length or () if length > 1]
    national = "|".join(f"[1-9][0-9]{{{length - 1}}}" for length in lengths)
    return re.compile(rf"\+{code}(?:{national})") if national else None


def _plain(raw: str) -> str:
    """The number without the characters of an address or an escape around it."""
    text = _MESSENGER.sub("", unquote(unquote(raw[:64])) if "%" in raw else raw)
    return f"+{text.strip()}" if text[:1] == " " and text.strip()[:1].isdigit() else text.strip()


def _forms(text: str) -> list[str]:
    """The possible readings of a number, the most likely first."""
    if text.startswith("00"):
        return [f"+{text[2:]}"]
    forms = [text]
    if text.isdigit() and text.startswith("0"):
        forms.append(text[1:])  # a national prefix, which some put before every number
    elif text.isdigit() and len(text) >= LEAST_INTERNATIONAL:
        forms.append(f"+{text}")
    return forms


def _possible(text: str, country: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) and not number.extension else None


def invented_msisdn(country: str, series: int, number: int) -> Msisdn:
    """A mobile number in the form of the country, for tests and demos: 100 series of 10,000 numbers each.

    It begins with 70, as in Mali, if mobile numbers of the country may. Raises `BadMsisdn`.
    """
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        raise BadMsisdn("the country has no mobile numbers that we know of")
    national = phonenumbers.national_significant_number(example)
    begin = "70" if _is_mobile(country, f"70{national[2:]}") else national[:2]
    return Msisdn(f"+{example.country_code}{begin}{series:02d}{number:0{len(national) - 4}d}")


def _is_mobile(country: str, national: str) -> bool:
    number = _possible(national, country)
    return number is not None and phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def may_be_written_to(msisdn: Msisdn, countries: Collection[str]) -> bool:
    """Whether an SMS may go to this number: it is of one of these countries (ISO 3166), and has no premium rate.

    Numbers of satellite phones and numbers without a country are refused.
    """
    if any(pattern.fullmatch(msisdn) for pattern in map(_ordinary_mobile, countries) if pattern):
        return True
    number = phonenumbers.parse(msisdn)
    if phonenumbers.region_code_for_number(number) not in countries:
        return False
    return phonenumbers.number_type(number) not in _COST_EXTRA


@cache
def _ordinary_mobile(country: str) -> re.Pattern[str] | None:
    """The country's mobile numbers without those that cost extra, which are nearly all numbers: those need no parser.

    None for a country that shares its country code with others.
    """
    code = phonenumbers.country_code_for_region(country)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if metadata is None or phonenumbers.region_codes_for_country_code(code) != (country,):
        return None
    dear = (metadata.premium_rate, metadata.shared_cost)
    not_dear = "".join(f"(?!(?:{it.national_number_pattern})$)" for it in dear if it and it.national_number_pattern)
    mobile = metadata.mobile.national_number_pattern if metadata.mobile else None
    return re.compile(rf"\+{code}{not_dear}(?:{mobile})") if mobile else None
