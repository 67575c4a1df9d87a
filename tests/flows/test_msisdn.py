import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.msisdn import BadMsisdn, Msisdn, may_be_written_to, read_msisdn


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+22376000001", "+22376000001"),
        (" 22376000001", "+22376000001"),  # a client that forgot to escape the plus sign
        ("22376000001", "+22376000001"),
        ("0022376000001", "+22376000001"),
        ("76000001", "+22376000001"),
        ("76 00 00 01", "+22376000001"),
        ("+33612345678", "+33612345678"),
        ("2250708091011", "+2250708091011"),  # neighbours' numbers, as providers send them
        ("221771234567", "+221771234567"),
        ("22670123456", "+22670123456"),
        ("076000041", "+22376000041"),
        ("%2B22376000041", "+22376000041"),
        ("+22376000041@c.us", "+22376000041"),
    ],
)
def test_a_number_is_read_as_providers_and_people_write_it(raw: str, expected: str) -> None:
    assert read_msisdn(raw, "ML") == expected


@pytest.mark.parametrize(
    "raw", ["", " ", "12", "hello", "+", "+223", "7600000176000001760000017600", "+2237600000x", "36100", "36223@c.us"]
)
def test_what_is_no_number_is_refused_without_repeating_it(raw: str) -> None:
    with pytest.raises(BadMsisdn) as refused:
        read_msisdn(raw, "ML")
    assert str(refused.value) == "not a phone number"


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("0708091011", "CI", "+2250708091011"),
        ("0241234567", "GH", "+233241234567"),
        ("22376000001", "GH", "+22376000001"),
    ],
)
def test_a_national_number_comes_before_any_other_reading(raw: str, country: str, expected: str) -> None:
    assert read_msisdn(raw, country) == expected


@given(st.one_of(st.text(max_size=60), st.text(alphabet="+0123456789 .-()@", max_size=20)))
def test_any_text_is_a_number_or_refused(raw: str) -> None:
    try:
        number = read_msisdn(raw, "ML")
    except BadMsisdn as refused:
        assert str(refused) == "not a phone number"  # noqa: PT017 - either outcome is right
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number)
        assert read_msisdn(number, "ML") == number


@given(
    number=st.from_regex(r"[67][0-9]{7}", fullmatch=True),
    prefix=st.sampled_from(("", "+223", "223", "00223")),
    separator=st.sampled_from(("", " ", ".", "-")),
)
def test_a_mobile_number_of_mali_is_read_in_any_writing(number: str, prefix: str, separator: str) -> None:
    pairs = separator.join(number[at : at + 2] for at in range(0, 8, 2))
    assert read_msisdn(f"{prefix}{separator if prefix else ''}{pairs}", "ML") == f"+223{number}"


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("+22376000001", True),
        ("+2250708091011", True),
        ("+33612345678", False),
        ("+8816231234567", False),  # a satellite phone
        ("+883510001234567", False),  # a number of no country
        ("+33899123456", False),
    ],
)
def test_an_sms_goes_to_the_countries_of_the_list_alone(number: str, may: bool) -> None:
    assert may_be_written_to(Msisdn(number), ["ML", "CI"]) is may


def test_a_number_that_costs_extra_is_never_written_to() -> None:
    assert may_be_written_to(Msisdn("+33612345678"), ["FR"])
    assert not may_be_written_to(Msisdn("+33899123456"), ["FR"])


@given(
    country=st.sampled_from(["ML", "BF", "NE", "SN", "CI", "GN", "MR", "DZ", "IT", "FR"]),
    digits=st.from_regex(r"[0-9]{4,12}", fullmatch=True),
)
def test_numbers_that_need_no_parser_are_read_as_the_parser_reads_them(country: str, digits: str) -> None:
    raw = f"+{phonenumbers.country_code_for_region(country)}{digits}"

    def read(text: str) -> str:
        try:
            return read_msisdn(text, country)
        except BadMsisdn:
            return "none"

    assert read(raw) == read(f"{raw} ")  # a blank behind it leads it through the parser
