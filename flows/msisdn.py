"""Phone numbers, as the world writes them and as we keep them."""

from __future__ import annotations

from typing import NewType

import phonenumbers

Msisdn = NewType("Msisdn", str)
"""A number in E.164 with its plus sign, such as `+22376000001`."""


class BadMsisdn(ValueError):
    """Not a phone number. The text never repeats what was given."""


def read_msisdn(raw: str, country: str) -> Msisdn:
    """A number as a provider or a person writes it: E.164, national, or with its plus sign lost to a space.

    `country` is ISO 3166 (`ML`) and reads national forms. Raises `BadMsisdn`.
    """
    text = raw.strip()
    if raw[:1] == " " and text[:1].isdigit():
        text = f"+{text}"
    elif text.startswith("00"):
        text = f"+{text[2:]}"
    if len(text) > 32:
        raise BadMsisdn("not a phone number")
    code = phonenumbers.country_code_for_region(country)
    if text.isdigit() and text.startswith(str(code)) and len(text) > 9:
        text = f"+{text}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise BadMsisdn("not a phone number") from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise BadMsisdn("not a phone number")
    return Msisdn(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
