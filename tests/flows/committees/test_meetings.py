from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.committees.meetings import WEEKDAYS, MeetingRuleError, read_rule

BAMAKO = ZoneInfo("Africa/Bamako")
A_TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "falls"),
    [
        ("every 2nd thursday", datetime(2026, 12, 10, 9, 0, tzinfo=UTC)),
        ("every last monday 15:00", datetime(2026, 11, 30, 15, 0, tzinfo=UTC)),
        ("Every  Friday", datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
        ("every tuesday 11:00", datetime(2026, 11, 24, 11, 0, tzinfo=UTC)),
        ("every tuesday 10:00", datetime(2026, 12, 1, 10, 0, tzinfo=UTC)),
        ("every 15th", datetime(2026, 12, 15, 9, 0, tzinfo=UTC)),
        ("every second Thursday 09:00", datetime(2026, 12, 10, 9, 0, tzinfo=UTC)),
        ("chaque 2e jeudi", datetime(2026, 12, 10, 9, 0, tzinfo=UTC)),
        ("Le deuxième jeudi du mois à 14h30", datetime(2026, 12, 10, 14, 30, tzinfo=UTC)),
        ("le dernier lundi du mois, 15:00", datetime(2026, 11, 30, 15, 0, tzinfo=UTC)),
        ("tous les vendredis 8h", datetime(2026, 11, 27, 8, 0, tzinfo=UTC)),
        ("le 1er du mois", datetime(2026, 12, 1, 9, 0, tzinfo=UTC)),
        ("le 15", datetime(2026, 12, 15, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_rule_says_when_the_next_meeting_is(rule: str, falls: datetime) -> None:
    assert read_rule(rule).next_after(A_TUESDAY, BAMAKO) == falls


@pytest.mark.parametrize(
    "rule",
    [
        "", "sometimes", "every 5th friday", "every 31st", "every 2nd 15th", "every someday", "every friday 25:00",
        "parfois", "le 31 du mois", "chaque 5e jeudi", "chaque jeudi 9h75", "every jeudi", "le 2e 15 du mois",
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_or_never_falls_is_refused_with_the_right_form(rule: str) -> None:
    with pytest.raises(MeetingRuleError, match='write it as "every 2nd thursday"'):
        read_rule(rule)


@given(
    st.one_of(
        st.builds("every {}{}".format, st.sampled_from(["", "1st ", "third ", "last "]), st.sampled_from(WEEKDAYS)),
        st.builds("every {}th".format, st.integers(1, 28)),
    ),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_a_rule_in_french_is_read_as_what_it_was_in_english(rule: str, hour: int, minute: int) -> None:
    read = read_rule(f"{rule} {hour}:{minute:02d}")
    assert read_rule(read.in_french()) == read


@given(
    st.sampled_from(["", "1st ", "2nd ", "3rd ", "4th ", "last "]),
    st.sampled_from(WEEKDAYS),
    st.integers(0, 400),
    st.sampled_from(["Africa/Bamako", "Europe/Paris"]),
)
def test_the_next_meeting_is_later_and_on_the_right_weekday(place: str, weekday: str, days: int, zone: str) -> None:
    now = A_TUESDAY + timedelta(days=days, hours=days % 24)
    falls = read_rule(f"every {place}{weekday} 09:00").next_after(now, ZoneInfo(zone))
    assert now < falls <= now + timedelta(days=36)
    assert falls.astimezone(ZoneInfo(zone)).strftime("%A %H:%M").lower() == f"{weekday} 09:00"
