import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.screen import count_segments, pages, septets, shorten, to_gsm


def test_the_alphabet_counts_septets_and_extension_characters_count_two() -> None:
    assert septets("Où est l'eau ?") == 14
    assert septets("{10 €}") == 9
    assert septets("bɛ") is None
    assert septets("ça") is None


def test_letters_outside_the_alphabet_are_shown_as_the_nearest_ones() -> None:
    assert to_gsm("Mɔgɔ ɲɛ, bɛ sɔrɔ ŋana") == "Mogo nye, be soro ngana"
    assert to_gsm("Reçu à l'hôpital « Point G »") == 'Recu à l\'hopital " Point G "'
    assert to_gsm("مرحبا 🙂") == "????? "
    assert to_gsm("a\u202eb\u200dc\x00d") == "abcd"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("e\u0301cole a\u0300 cote\u0301", "école à coté"),
        ("rendez\u2011vous \u2010 \u2212 \u2013 \u2014 \u2015 pa\u00adtrouille", "rendez-vous - - - - - patrouille"),
        ("10\u00a0000\u2009F\u202fCFA\u3000ici", "10 000 F CFA ici"),
        ("Ƙasa ɗan ɓarna ƴanci Ɓ Ɗ Ƴ", "Kasa dan barna yanci B D Y"),
        ("Ŋana ɲɛ ɛ\u0301 ɔ\u0300 ǹ ƒ ə ʋ", "Ngana nye e o n f e v"),
        ("l’eau l‘eau lʼeau l´eau l′eau ‚a‛ „a‟ ‹a›", "l'eau l'eau l'eau l'eau l'eau 'a' \"a\" 'a'"),
        ("ligne\u2028deux", "ligne deux"),
    ],
)
def test_what_word_processors_and_keyboards_write_becomes_what_a_phone_can_show(written: str, shown: str) -> None:
    assert to_gsm(written) == shown


def test_parts_follow_the_standard() -> None:
    assert [count_segments("a" * n) for n in (0, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert [count_segments("ɛ" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    # An escape never ends a part: 152 letters and a euro sign do not fit the first.
    assert count_segments("a" * 152 + "€" + "a" * 152) == 3


@given(st.text(max_size=400))
def test_any_text_can_be_shown_in_gsm(text: str) -> None:
    assert septets(to_gsm(text)) is not None


@given(st.text(max_size=400), st.integers(0, 200))
def test_shortening_keeps_within_the_limit(text: str, limit: int) -> None:
    assert (septets(shorten(to_gsm(text), limit)) or 0) <= limit


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=60), max_size=40))
def test_every_page_fits_and_every_choice_stands_on_one(title: str, labels: list[str]) -> None:
    lines = [f"{number} {to_gsm(label)}" for number, label in enumerate(labels, start=1)]
    shown = pages(to_gsm(title), lines, ["0 Retour"], "98 Suite", "99 Avant")
    assert all((septets(page) or 0) <= 160 for page in shown)
    for number in range(1, len(labels) + 1):
        assert sum(f"\n{number} " in page for page in shown) >= 1
    if len(shown) > 1:
        assert "98 Suite" in shown[0]
        assert "99 Avant" not in shown[0]
        assert "98 Suite" not in shown[-1]
