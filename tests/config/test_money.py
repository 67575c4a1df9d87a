"""Money as a whole number of the smallest unit: read from providers and people, and shown."""

import pytest

from config.money import Money, read_amount, read_price


@pytest.mark.parametrize(
    ("message", "price"),
    [
        ("XOF 10.0000", Money(10, "XOF")),
        ("XOF 10", Money(10, "XOF")),
        ("GHS 0.0400", Money(4, "GHS")),
        ("KES 0.8000", Money(80, "KES")),
        ("TND 0.0450", Money(45, "TND")),
        ("GHS 0.0041", Money(1, "GHS")),  # less than the smallest unit is never nothing
        ("XOF 9.2000", Money(10, "XOF")),
        ("GHS 0.0000", Money(0, "GHS")),
        ("0", None),
        ("None", None),
        ("", None),
        ("XOF -3", None),
        ("XOF 1e9", None),
        ("francs 10", None),
    ],
)
def test_a_providers_price_is_read_to_the_smallest_unit(message: str, price: Money | None) -> None:
    assert read_price(message) == price


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(10, "XOF"), "10 XOF"),
        (Money(4, "GHS"), "0,04 GHS"),
        (Money(2550, "GHS"), "25,50 GHS"),
        (Money(45, "TND"), "0,045 TND"),
        (Money(0, "GHS"), "0,00 GHS"),
    ],
)
def test_it_is_shown_in_the_currencys_own_unit(money: Money, shown: str) -> None:
    assert str(money) == shown
    assert read_amount(money.number, money.currency) == money


@pytest.mark.parametrize("text", ["-1", "1,5", "x", "1 000", "", "1e3", "²"])
def test_an_amount_that_the_currency_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no amount|smaller"):
        read_amount(text, "XOF")
