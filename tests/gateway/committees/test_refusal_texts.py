"""Each reason for a refusal has a text: French where a page shows it, English where a command does."""

import string

import pytest

from gateway.committees.refusal_texts import ENGLISH, FRENCH
from storage.refusals import Why


@pytest.mark.parametrize("why", Why)
def test_each_reason_has_a_text(why: Why) -> None:
    assert why in FRENCH or why in ENGLISH


@pytest.mark.parametrize("why", sorted(set(FRENCH) & set(ENGLISH)))
def test_both_languages_name_the_same_values(why: Why) -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert values(FRENCH[why]) <= values(ENGLISH[why]) | {"line"} or why is Why.NO_MEETING_RULE
