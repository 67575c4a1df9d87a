"""When a committee meets, by a rule that a person can read: `every 2nd thursday 09:00`, `chaque 2e jeudi 9h`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from config.enumerations import WEEKDAYS as WEEKDAYS

JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_PLACES = {
    1: ("1st", "first", "1er", "premier"),
    2: ("2nd", "second", "2e", "2eme", "deuxieme"),
    3: ("3rd", "third", "3e", "3eme", "troisieme"),
    4: ("4th", "fourth", "4e", "4eme", "quatrieme"),
    -1: ("last", "dernier"),
}
_PLACE_OF = {word: place for place, words in _PLACES.items() for word in words}
_PLACE = rf"(?:(?P<place>{'|'.join(_PLACE_OF)})\s+)?"
_RULES = (
    re.compile(
        rf"every\s+{_PLACE}(?:(?P<weekday>{'|'.join(WEEKDAYS)})|(?P<day>\d{{1,2}})(?:st|nd|rd|th))"
        r"(?:\s+(?P<hour>\d{1,2}):(?P<minute>\d{2}))?"
    ),
    re.compile(
        rf"(?:chaque|tous les|le)\s+{_PLACE}(?:(?P<weekday>{'|'.join(JOURS)})s?|(?P<day>\d{{1,2}})(?:er)?)"
        r"(?:\s+du mois)?(?:,?\s+(?:a\s+)?(?P<hour>\d{1,2})\s?[h:]\s?(?P<minute>\d{2})?)?"
    ),
)
USUAL_HOUR = 9
LAST_DAY = 28


class MeetingRuleError(ValueError):
    """A rule that cannot be read, or that no day ever meets."""


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
        candidate = falls.after(local)
        if candidate is None:
            raise MeetingRuleError("this rule never falls")
        return candidate.replace(tzinfo=zone).astimezone(UTC)

    def in_french(self) -> str:
        """The rule in French, in a form that `read_rule` reads."""
        at = f"{self.hour:02d}:{self.minute:02d}"
        if self.day is not None:
            return f"le {'1er' if self.day == 1 else self.day} du mois, {at}"
        day = JOURS[self.weekday or 0]
        if self.place is None:
            return f"chaque {day}, {at}"
        return (
            f"le {'dernier' if self.place < 0 else '1er' if self.place == 1 else f'{self.place}e'} {day} du mois, {at}"
        )

    def in_english(self) -> str:
        """The rule in English, in a form that `read_rule` reads."""
        at = f"{self.hour:02d}:{self.minute:02d}"
        if self.day is not None:
            return f"every {_ordinal(self.day)} {at}"
        day = WEEKDAYS[self.weekday or 0]
        if self.place is None:
            return f"every {day} {at}"
        return f"every {'last' if self.place < 0 else _ordinal(self.place)} {day} {at}"


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def read_rule(text: str) -> MeetingRule:
    """Reads a rule in English or French. Raises `MeetingRuleError`, whose text shows the right form."""
    form = 'write it as "every 2nd thursday", "every last monday 15:00", "every friday" or "every 15th"'
    rule_text = " ".join(text.lower().replace("è", "e").replace("à", "a").split())
    match = next(filter(None, (rule.fullmatch(rule_text) for rule in _RULES)), None)
    if not match:
        raise MeetingRuleError(f"`{text[:60]}` is no meeting rule: {form}")
    hour, minute = int(match["hour"] or USUAL_HOUR), int(match["minute"] or 0)
    day = int(match["day"]) if match["day"] else None
    if hour > 23 or minute > 59:
        raise MeetingRuleError(f"{hour}:{minute:02d} is no time of day: {form}")
    if day is not None and (match["place"] or not 1 <= day <= LAST_DAY):
        raise MeetingRuleError(f"the {day}. does not fall in every month: {form}, with a day up to the {LAST_DAY}th")
    return MeetingRule(_weekday(match["weekday"]), _PLACE_OF.get(match["place"] or ""), day, hour, minute)


def _weekday(named: str | None) -> int | None:
    names = JOURS if named in JOURS else WEEKDAYS
    return names.index(named) if named else None
