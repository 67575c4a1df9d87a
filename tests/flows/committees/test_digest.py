from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.pack import Pack
from flows.committees.agenda import RankedItem, score
from flows.committees.digest import MOST_PARTS, Period, digest
from flows.screen import count_segments, septets
from flows.triage import Urgency

WEEK = Period(date(2026, 11, 16), date(2026, 11, 22), date(2026, 12, 3))
NEWEST = datetime(2026, 11, 20, tzinfo=UTC)


def item(reference: str, category: str, place: str | None, count: int, **more: object) -> RankedItem:
    usual: dict[str, object] = {"commune": "ml-bamako-commune-iv", "before": 0, "urgency": Urgency.ROUTINE}
    new = timedelta()
    weight = score(Urgency(str(more.get("urgency", Urgency.ROUTINE))), count, (new, new), came_back=0)
    return RankedItem(
        reference=reference,
        category=category,
        place=place,
        count=count,
        newest=NEWEST,
        score=weight,
        **(usual | more),  # type: ignore[arg-type]
    )


def test_the_most_urgent_come_first_with_count_change_and_a_reference_that_can_be_typed(pack: Pack) -> None:
    items = [
        item("CCS-7K4Q", "theft", "Lafiabougou", 6, before=4),
        item("CCS-2222", "disaster", None, 1, urgency=Urgency.EMERGENCY),
    ]
    text = digest("CCS de Commune IV", items, WEEK, pack, pack.languages["fr"])
    assert text == (
        "CCS de Commune IV, 16/11-22/11 : 7 messages.\n"
        "1. Feu, inondation, Commune IV : 1 URGENT [2222]\n"
        "2. Vol, cambriolage, Lafiabougou : 6 (+2) [7K4Q]\n"
        "Réunion 03/12."
    )


def test_one_message_is_one_and_not_several(pack: Pack) -> None:
    text = digest("CCS de Commune IV", [item("CCS-7K4Q", "theft", "Lafiabougou", 1)], WEEK, pack, pack.languages["fr"])
    assert text.startswith("CCS de Commune IV, 16/11-22/11 : 1 message.\n")
    many = [item(f"CCS-{at:04d}", "theft", f"Quartier au nom bien long numéro {at}", 1) for at in range(9)]
    assert "+1 autres." not in digest("CCS de Commune IV", many, WEEK, pack, pack.languages["fr"])


def test_sensitive_concerns_are_a_count_and_references_alone(pack: Pack) -> None:
    items = [item("CCS-7K4Q", "gbv", "Lafiabougou", 3), item("CCS-2222", "misconduct", "Taliko", 2)]
    text = digest("CCS de Commune IV", items, WEEK, pack, pack.languages["fr"])
    assert "Sensibles : 5 [7K4Q 2222]" in text
    assert "Lafiabougou" not in text
    assert "Violence" not in text


def test_a_committee_with_nothing_gets_one_short_line(pack: Pack) -> None:
    text = digest("CCS de Commune IV", [], WEEK, pack, pack.languages["bm"])
    assert text == "CCS de Commune IV, 16/11-22/11 : kibaruya si te. Nyogonye 03/12."
    assert count_segments(text) == 1


@settings(max_examples=60)
@given(
    count=st.integers(0, 60),
    language=st.sampled_from(["fr", "bm"]),
    committee=st.text(min_size=1, max_size=200),
)
def test_any_agenda_fits_three_parts_of_gsm(count: int, language: str, committee: str, pack: Pack) -> None:
    categories = list(pack.categories)
    items = [
        item(f"CCS-{number:04d}", categories[number % len(categories)], "Boulkassoumbougou", number * 31 + 1)
        for number in range(count)
    ]
    text = digest(committee, items, WEEK, pack, pack.languages[language])
    assert septets(text) is not None
    assert count_segments(text) <= MOST_PARTS


@pytest.mark.parametrize("language", ["fr", "bm"])
def test_what_does_not_fit_is_counted(language: str, pack: Pack) -> None:
    items = [item(f"CCS-{number:04d}", "theft", "Boulkassoumbougou", 2) for number in range(40)]
    text = digest("CCS de Commune IV", items, WEEK, pack, pack.languages[language])
    shown = text.count("[")
    assert 5 < shown < 40
    assert f"+{40 - shown}" in text
