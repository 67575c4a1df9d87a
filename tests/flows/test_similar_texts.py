from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from flows.similar_texts import LIKE, fingerprint, group_like

WORDS = [f"{letter}{letter}{letter}{letter}" for letter in "abcdefghijkl"]
fingerprints = st.lists(st.frozensets(st.sampled_from(WORDS), min_size=4), max_size=25)


def like(first: frozenset[str], second: frozenset[str]) -> bool:
    return len(first & second) / len(first | second) >= LIKE


def test_order_spelling_and_one_word_of_six_do_not_matter() -> None:
    texts = [
        "On a VOLÉ les motos, hier soir devant Lafiabougou marché !",
        "hier soir devant lafiabougou marche on a vole les motos",
        "hier soir devant lafiabougou station on a volé les motos",
        "hier soir devant Kalaban poste on a volé les motos",
        "on a volé",
        "1234 5678 9012 3456 7890",
    ]
    assert group_like([fingerprint(text) for text in texts]) == [[0, 1, 2], [3]]


def test_texts_that_say_too_little_are_like_nothing() -> None:
    assert fingerprint("on a volé ma moto") == fingerprint("1234 5678 9012 3456 7890") == frozenset()
    assert group_like([frozenset(), frozenset()]) == []


@given(fingerprints)
def test_each_text_is_in_one_group_and_like_the_one_that_leads_it(texts: list[frozenset[str]]) -> None:
    groups = group_like(texts)
    assert sorted(at for group in groups for at in group) == list(range(len(texts)))
    for group in groups:
        assert any(all(like(texts[leader], texts[at]) for at in group) for leader in group)


@given(fingerprints)
def test_no_two_leaders_are_like_although_few_are_held_against_each_other(texts: list[frozenset[str]]) -> None:
    leading = [
        {texts[at] for at in group if all(like(texts[at], texts[other]) for other in group)}
        for group in group_like(texts)
    ]
    for one, other in combinations(leading, 2):
        assert any(not like(a, b) for a in one for b in other)
