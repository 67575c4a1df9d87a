"""When a committee meets, by a rule that a person can read: `every 2nd thursday 09:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PLACES = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": -1}
_RULE = re.compile(
    r"every\s+(?:(?P<place>1st|2nd|3rd|4th|last)\s+)?(?:(?P<weekday>\w+day)|(?P<day>\d{1,2})(?:st|nd|rd|th))"
    r"(?:\s+(?P<hour>\d{1,2}):(?P<minute>\d{2}))?"
)
USUAL_HOUR = 9


class MeetingRuleError(ValueError):
    """A rule that cannot be read or never falls."""


@dataclass(frozen=True, slots=True)
class MeetingRule:
    """A weekday (0 Monday) each week or at one place in the month, or a day of the month; local time."""

    weekday: int | None
    place: int | None
    day: int | None
    hour: int
    minute: int

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first meeting after `moment` (aware), in UTC."""
        local = moment.astimezone(zone).replace(tzinfo=None)
        start = local.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if self.day is not None:
            falls = rrule(MONTHLY, dtstart=start - timedelta(days=1), bymonthday=self.day)
        elif self.place is not None:
            on = weekday(self.weekday or 0, self.place)
            falls = rrule(MONTHLY, dtstart=start - timedelta(days=1), byweekday=on)
        else:
            falls = rrule(WEEKLY, dtstart=start - timedelta(days=1), byweekday=self.weekday)
        found = falls.after(local)
        if found is None:
            raise MeetingRuleError("this rule never falls")
        return found.replace(tzinfo=zone).astimezone(UTC)


def read_rule(text: str) -> MeetingRule:
    """Raises `MeetingRuleError`, whose text shows the right form."""
    form = 'write it as "every 2nd thursday", "every last monday 15:00", "every friday" or "every 15th"'
    found = _RULE.fullmatch(" ".join(text.lower().split()))
    if not found:
        raise MeetingRuleError(f"`{text[:60]}` is no meeting rule: {form}")
    hour, minute = int(found["hour"] or USUAL_HOUR), int(found["minute"] or 0)
    day = int(found["day"]) if found["day"] else None
    if found["weekday"] and found["weekday"] not in WEEKDAYS:
        raise MeetingRuleError(f"`{found['weekday']}` is no weekday: {form}")
    if hour > 23 or minute > 59:
        raise MeetingRuleError(f"{found['hour']}:{found['minute']} is no time of day: {form}")
    if day is not None and (found["place"] or not 1 <= day <= 28):
        raise MeetingRuleError(f"the {day}. does not fall in every month: {form}, with a day up to the 28th")
    on = WEEKDAYS.index(found["weekday"]) if found["weekday"] else None
    return MeetingRule(on, _PLACES.get(found["place"] or ""), day, hour, minute)
