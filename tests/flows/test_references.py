import random

from hypothesis import given
from hypothesis import strategies as st

from flows.references import ALPHABET, draw_reference, read_reference

references = st.integers(0, 2**32).map(lambda seed: draw_reference(random.Random(seed), 3 + seed % 3))


def test_the_reference_of_the_documents_is_a_true_one() -> None:
    for typed in ("CCS-7K4Q", "ccs7k4q", "7k4q", " CCS 7K4Q ", "ccs_7k4q"):
        assert read_reference(typed) == "CCS-7K4Q"


@given(references)
def test_a_reference_reads_back(reference: str) -> None:
    assert read_reference(reference) == reference
    assert not set(reference.removeprefix("CCS-")) & set("01OIL")
    assert not reference.removeprefix("CCS-").isalpha()


@given(references, st.integers(0, 5), st.sampled_from(ALPHABET))
def test_one_mistyped_character_is_caught(reference: str, at: int, other: str) -> None:
    code = reference.removeprefix("CCS-")
    at %= len(code)
    mistyped = code[:at] + other + code[at + 1 :]
    assert read_reference(f"CCS-{mistyped}") == (reference if other == code[at] else None)


@given(references, st.integers(0, 4))
def test_two_swapped_characters_are_caught(reference: str, at: int) -> None:
    code = reference.removeprefix("CCS-")
    at %= len(code) - 1
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert read_reference(f"CCS-{swapped}") == (reference if swapped == code else None)


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_none(typed: str) -> None:
    assert read_reference(typed) is None or read_reference(typed).startswith("CCS-")  # type: ignore[union-attr]
