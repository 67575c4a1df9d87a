import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.references import ALPHABET, check_character, draw_reference, is_long, leading_reference, read_reference


def old_reference(seed: int) -> str:
    """As the first releases drew them: one group."""
    body = "2" + "".join(random.Random(seed).choices(ALPHABET, k=2 + seed % 3))
    return f"CCS-{body}{check_character(body)}"


new_references = st.integers(0, 2**32).map(lambda seed: draw_reference(random.Random(seed)))
references = new_references | st.integers(0, 2**32).map(old_reference)


def test_the_reference_of_the_documents_is_a_true_one() -> None:
    for typed in ("CCS-7K4Q", "ccs7k4q", "7k4q", " CCS 7K4Q ", "ccs_7k4q"):
        assert read_reference(typed) == "CCS-7K4Q"


@given(references)
def test_a_reference_reads_back(reference: str) -> None:
    assert read_reference(reference) == reference
    assert not set(reference.removeprefix("CCS-").replace("-", "")) & set("01OIL")
    assert not reference.removeprefix("CCS-").replace("-", "").isalpha()


@given(references, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_mistyped_character_is_caught(reference: str, at: int, character: str) -> None:
    code = reference.removeprefix("CCS-").replace("-", "")
    at %= len(code)
    mistyped = code[:at] + character + code[at + 1 :]
    assert read_reference(f"CCS-{mistyped}") == (reference if character == code[at] else None)


@given(references, st.integers(0, 6))
def test_two_swapped_characters_are_caught(reference: str, at: int) -> None:
    code = reference.removeprefix("CCS-").replace("-", "")
    at %= len(code) - 1
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert read_reference(f"CCS-{swapped}") == (reference if swapped == code else None)


def test_a_letter_that_only_looks_like_one_of_ours_is_none() -> None:
    assert read_reference("7\N{KELVIN SIGN}4Q") is None
    match = leading_reference("7\N{KELVIN SIGN}4Q merci")
    assert match is None or match.reference is None


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_none(typed: str) -> None:
    assert read_reference(typed) is None or read_reference(typed).startswith("CCS-")  # type: ignore[union-attr]


@given(new_references)
def test_a_new_reference_is_two_groups_that_are_no_words_and_no_numbers(reference: str) -> None:
    groups = reference.split("-")[1:]
    assert [len(group) for group in groups] == [4, 4]
    assert not any(group.isalpha() or group.isdecimal() for group in groups)
    assert is_long(reference)
    assert read_reference(groups[0]) is None


@given(new_references, st.sampled_from(["{0}-{1}", "{0}{1}", "{0} {1}", "ccs {0} {1}", "CCS-{0}-{1}", "CCS {0} - {1}"]))
def test_a_new_reference_is_understood_however_its_groups_are_written(reference: str, written: str) -> None:
    typed = written.format(*reference.split("-")[1:]).lower()
    match = leading_reference(f"{typed} une patrouille passe")
    assert match
    assert (match.reference, match.behind) == (reference, "une patrouille passe")
    assert read_reference(typed.replace(" - ", "-")) == reference


@pytest.mark.parametrize(
    ("text", "reference", "behind"),
    [
        ("7K4Q vols finis", "CCS-7K4Q", "vols finis"),
        ("7K4Q", "CCS-7K4Q", ""),
        ("7K4Q M3XY", None, ""),
        ("7K4R M3XW", None, ""),
        ("7K4R-M3XY", "CCS-7K4R-M3XY", ""),
    ],
)
def test_an_old_reference_goes_on_with_words_and_a_mistyped_new_one_is_no_old_one(
    text: str, reference: str | None, behind: str
) -> None:
    match = leading_reference(text)
    assert match
    assert (match.reference, match.behind) == (reference, behind)
