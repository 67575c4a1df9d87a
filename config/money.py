"""Money: a whole number of the smallest unit of its currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation

USUAL_DIGITS = 2
_NONE = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_FOUR = ("CLF", "UYW")
MINOR_DIGITS = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3), **dict.fromkeys(_FOUR, 4)}
"""The number of decimal digits of currencies that do not have two (ISO 4217, list one)."""
_PRICE = re.compile(r"([A-Z]{3})\s+(\d{1,12}(?:\.\d{1,12})?)")
_NUMBER = re.compile(r"\d{1,12}(?:[.,]\d{1,4})?")


def minor_digits(currency: str) -> int:
    """The number of decimal digits of a currency (ISO 4217)."""
    return MINOR_DIGITS.get(currency, USUAL_DIGITS)


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in the smallest unit of `currency` (ISO 4217): four pesewas are `Money(4, "GHS")`."""

    amount: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        """In the currency's own unit: `Decimal("0.04")`."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))

    @property
    def number(self) -> str:
        """The amount as people write it, without the currency: `0,04`."""
        return f"{self.decimal:.{minor_digits(self.currency)}f}".replace(".", ",")

    def __str__(self) -> str:
        return f"{self.number} {self.currency}"


def read_price(price: str) -> Money | None:
    """A provider's price (`GHS 0.0400`); None if it cannot be read.

    Fractions of the smallest unit are rounded up, because with a price of 0 a budget would never be used up.
    """
    match = _PRICE.fullmatch(price.strip())
    if match is None:
        return None
    currency, number = match.groups()
    try:
        exact = Decimal(number).scaleb(minor_digits(currency))
    except InvalidOperation:
        return None
    return Money(int(exact.to_integral_value(ROUND_CEILING)), currency)


def read_amount(text: str, currency: str) -> Money:
    """An amount as people write it in the currency's own unit (`25`, `25,50`). Raises `ValueError`."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("no amount of money")
    exact = Decimal(text.replace(",", ".")).scaleb(minor_digits(currency))
    if exact != exact.to_integral_value():
        raise ValueError("smaller than the smallest unit")
    return Money(int(exact), currency)
