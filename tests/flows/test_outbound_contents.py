"""What an SMS to other people may contain: no phone number in any writing and no link, but everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.pack import Pack
from flows.outbound_contents import Unfit, masked, unfit
from flows.screen import septets

SEPARATORS = (
    "",
    " ",
    "/",
    "·",
    ",",
    ".",
    "-",
    "–",
    "_",
    " - ",
    ";",
    ":",
    "|",
    "*",
    "\u00a0",
    "\u202f",
    "…",
    "•",
    " et ",
    ") (",
)
ZEROES = "0٠۰߀०០０𝟎𝟘"
"""The zero of Latin, Arabic, Persian, N'Ko, Devanagari, Khmer, full-width, bold and double-struck digits."""
WORDS = {
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    "bm": ("fu", "kelen", "fila", "saba", "naani", "duuru", "wɔɔrɔ", "wolonwula", "seegin", "kɔnɔntɔn"),
}


@given(
    number=st.from_regex(r"[5-9]\d{7}", fullmatch=True).filter(lambda digits: not digits.startswith("8000111")),
    zero=st.sampled_from(ZEROES),
    separators=st.lists(st.sampled_from(SEPARATORS), min_size=7, max_size=7),
    mark=st.sampled_from(["", "\u200b", "\ufe0f\u20e3", "\u0332"]),
)
def test_a_number_is_found_in_any_digits_and_between_any_separators(
    number: str, zero: str, separators: list[str], mark: str, pack: Pack
) -> None:
    digits = [chr(ord(zero) + int(digit)) + mark for digit in number]
    written = "".join(a + b for a, b in zip(digits, [*separators, ""], strict=True))
    text = f"Appelez Moussa au {written} ce soir"
    assert unfit(text, pack), written  # between dots it may also be taken for the address of a page
    assert sum(map(str.isdigit, masked(text, pack))) < 4


@given(
    number=st.from_regex(r"[5-9]\d{7}", fullmatch=True),
    spoken=st.lists(st.sampled_from(["fr", "bm", ""]), min_size=8, max_size=8),
)
def test_a_number_is_found_when_its_digits_are_words(number: str, spoken: list[str], pack: Pack) -> None:
    spoken_digits = [
        WORDS[language][int(digit)] if language else digit for digit, language in zip(number, spoken, strict=True)
    ]
    if number.startswith("8000111") and not any(spoken):
        return
    assert unfit(f"le {' '.join(spoken_digits)}, vite", pack) is Unfit.NUMBER


@pytest.mark.parametrize(
    "text",
    ["soixante-seize zéro zéro zéro zéro zéro un", "+223 76 00 00 01", "tel76000001", "(76)000001", "20 22 12/12",
     "12/12/2026, 76 00 00 01", "76000001 FCFA", "CCS-76000001", "00223.76.00.00.01"],
)  # fmt: skip
def test_a_number_does_not_pass_for_something_else(text: str, pack: Pack) -> None:
    assert unfit(text, pack) is Unfit.NUMBER
    assert "00" not in masked(text, pack)


@pytest.mark.parametrize(
    "text",
    ["12/12/2026 10:00", "2026-12-12", "12/12/2026-13/12/2026", "03/12, 10/12, 17/12", "le 12/12 de 08:00 à 10h30",
     "bilan 2025-2026", "50 000 FCFA", "12 500 000 FCFA", "réunion 12/12/2026 10:00, 50 000 F", "1 500 000 francs CFA",
     "réf CCS-7K4Q", "CCS-47GZ, CCS-7K4Q le 12/12", "17, 18, 80001115", "Police 17, 80 00 11 15, Gendarmerie 80001114",
     "composez *384*223# ou 36223", "deux cent cinquante mille francs", "3 blessés, 12 motos, 2026",
     "mille neuf cent soixante-dix-huit", "Une patrouille passe.De nuit aussi.Merci", "24/7, n° 12/2026"],
)  # fmt: skip
def test_dates_times_amounts_references_and_emergency_numbers_may_go_out(text: str, pack: Pack) -> None:
    assert unfit(text, pack) is None
    assert masked(text, pack).count("#") == text.count("#")


@pytest.mark.parametrize(
    "link",
    ["http://exemple.test", "HTTPS : // x.y", "www.exemple.test", "orange-money.ml", "Orange-Money.ML/prime",
     "bit.ly/abc", "exemple.com", "exemple . com", "exemple point com", "moussa@exemple.test", "ｗｗｗ．exemple．com",
     "41.73.1.1/prime", "a.b.c.net", "wa.me/22376"],
)  # fmt: skip
def test_a_link_is_held_back(link: str, pack: Pack) -> None:
    assert unfit(f"Cliquez {link} svp", pack) is Unfit.LINK
    assert "exemple.com" not in masked(f"Cliquez {link} svp", pack)


@given(text=st.text(max_size=400))
def test_what_was_masked_is_fit_to_go_out_and_can_be_sent(text: str, pack: Pack) -> None:
    shown = masked(text, pack)
    assert septets(shown) is not None
    assert unfit(shown, pack) is not Unfit.NUMBER
