"""Shares of several SMS providers: they move step by step, sum to one, and nobody is starved."""

from hypothesis import given
from hypothesis import strategies as st

from flows.provider_shares import LEAST, Health, chosen, next_shares, usual_shares

ORDER = ("africastalking", "kannel", "orange")
ILL, WELL = Health(tries=10, failed=5), Health(tries=10)


def test_the_first_provider_loses_step_by_step_and_comes_back() -> None:
    shares, seen = usual_shares(ORDER[:2]), []
    for _ in range(6):
        shares = next_shares(ORDER[:2], shares, {"africastalking": ILL, "kannel": WELL})
        seen.append(round(shares["africastalking"], 3))
    assert seen == [0.475, 0.237, 0.119, 0.059, 0.05, 0.05]
    for _ in range(9):
        shares = next_shares(ORDER[:2], shares, {})
        seen.append(round(shares["africastalking"], 3))
    assert seen[6:9] == [0.15, 0.25, 0.35]
    assert round(shares["africastalking"], 6) == 0.95


def test_slow_receipts_are_an_illness_too_and_few_say_nothing() -> None:
    assert Health(tries=10, due=10, late=8).is_ill
    assert not Health(tries=10, due=9, late=9).is_ill
    assert not Health(tries=2, failed=2).is_ill
    assert not Health(tries=10, failed=2).is_ill


def test_all_ill_changes_nothing() -> None:
    shares = usual_shares(ORDER)
    assert next_shares(ORDER, shares, dict.fromkeys(ORDER, ILL)) == shares


def test_a_refusal_weighs_more_than_a_silence() -> None:
    """The first provider refuses everything; the second accepts everything, sends no receipts and gets the shares."""
    shares = usual_shares(ORDER[:2])
    silent = Health(tries=30, due=30, late=30)
    for _ in range(6):
        shares = next_shares(ORDER[:2], shares, {"africastalking": Health(tries=30, failed=30), "kannel": silent})
    assert {name: round(share, 3) for name, share in shares.items()} == {"africastalking": 0.05, "kannel": 0.95}


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=40))
def test_whatever_happens_they_sum_to_one_and_nobody_is_starved(history: list[list[bool]]) -> None:
    shares = usual_shares(ORDER)
    for minute in history:
        health = {name: ILL if ill else WELL for name, ill in zip(ORDER, minute, strict=True)}
        shares = next_shares(ORDER, shares, health)
        assert abs(sum(shares.values()) - 1) < 1e-9
        assert min(shares.values()) >= LEAST - 1e-9


@given(st.floats(0, 1, exclude_max=True))
def test_who_has_just_failed_is_not_chosen_again(draw: float) -> None:
    shares = usual_shares(ORDER)
    assert chosen(shares, draw, but="africastalking") != "africastalking"
    assert chosen({"kannel": 1.0}, draw, but="kannel") == "kannel"


def test_draws_fall_as_the_shares_say() -> None:
    shares = {"africastalking": 0.7, "kannel": 0.3}
    drawn = [chosen(shares, number / 1000) for number in range(1000)]
    assert drawn.count("kannel") == 300
