"""Chooses which messages the demo's citizens send, from where and when. No message is sent twice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.examples import Example

SHARES = {
    "theft": 16, "nuisance": 11, "other": 11, "lighting": 9, "drugs": 9, "traffic": 9, "assault": 8, "disaster": 6,
    "fraud": 6, "misconduct": 5, "gbv": 4, "conflict": 4, "kidnapping": 1, "armed_group": 1,
}  # fmt: skip
"""Weights of the categories. A category that is not listed has the smallest weight."""
EMERGENCIES = 0.04
"""The share of reports that are emergencies."""
BY_USSD = 0.55
HOURS = (0, 0, 0, 0, 0, 1, 2, 4, 6, 7, 7, 6, 5, 4, 4, 5, 6, 8, 9, 9, 8, 6, 4, 2)
"""Weights of the hours of a day."""
FRESH = (timedelta(hours=5), timedelta(minutes=50), timedelta(minutes=1))
"""How long ago the last emergencies came in. The newest is so new that nobody has looked at it yet."""
CLUSTERS = 0.7
"""The probability that a report comes from the place of an earlier report of the same category."""


@dataclass(frozen=True, slots=True)
class Report:
    """One message of one citizen. `commune` and `category` are set where they were chosen on the menus of USSD."""

    sent_at: datetime
    channel: str
    said: Example
    person: int
    """The number of the person among the demo's citizens."""
    commune: str | None
    category: str | None
    place: str | None
    danger: bool


def choose_reports(
    chance: random.Random,
    examples: Sequence[Example],
    communes: Sequence[str],
    places: dict[str, list[str]],
    count: int,
    people: int,
    days: tuple[datetime, datetime],
    zone: ZoneInfo,
) -> list[Report]:
    """`count` reports between the two moments of `days`, oldest first; fewer if there are too few examples.

    A message that names a commune is sent from there. One that names none comes by USSD, where people choose the
    commune. `places` are the names of the quartiers of each commune.
    """
    usable = [example for example in examples if example.commune is None or example.commune in communes]
    chosen = _varied(chance, usable, count)
    moments = sorted(_moment(chance, days, zone) for _ in chosen)
    reports: list[Report] = []
    for sent_at, said in zip(moments, chosen, strict=True):
        person = chance.randrange(people)
        home = communes[person % len(communes)]
        chose_on_menus = said.commune is None or chance.random() < BY_USSD
        commune = said.commune or home
        is_matter = said.kind == "concern" and said.category != "other"
        reports.append(
            Report(
                sent_at=sent_at,
                channel="ussd" if chose_on_menus else "sms",
                said=said,
                person=person,
                commune=commune if chose_on_menus else None,
                category=said.category if chose_on_menus and is_matter else None,
                place=_place(chance, reports, said, commune, places) if chose_on_menus else None,
                danger=chose_on_menus and said.urgency == "emergency",
            )
        )
    return _with_fresh_emergencies(reports, last=days[1])


def _with_fresh_emergencies(reports: list[Report], last: datetime) -> list[Report]:
    """The same reports, in order of time, with the last emergencies moved to the last hours."""
    emergencies = [number for number, report in enumerate(reports) if report.said.urgency == "emergency"]
    for number, ago in zip(emergencies[-len(FRESH) :], FRESH, strict=False):
        reports[number] = replace(reports[number], sent_at=last - ago)
    return sorted(reports, key=lambda report: report.sent_at)


def _varied(chance: random.Random, examples: Sequence[Example], count: int) -> list[Example]:
    """Random messages, weighted by category, with the share of emergencies; no text twice."""
    drawers: dict[tuple[str, bool], list[Example]] = {}
    for example in {example.text.casefold(): example for example in examples}.values():
        drawers.setdefault((example.category, example.urgency == "emergency"), []).append(example)
    for drawer in drawers.values():
        chance.shuffle(drawer)
    chosen: list[Example] = []
    while len(chosen) < count and drawers:
        is_emergency = chance.random() < EMERGENCIES
        kinds = [kind for kind in drawers if kind[1] is is_emergency] or list(drawers)
        rarest = min(SHARES.values())
        kind = chance.choices(kinds, [SHARES.get(category, rarest) for category, _ in kinds])[0]
        chosen.append(drawers[kind].pop())
        if not drawers[kind]:
            del drawers[kind]
    return chosen


def _moment(chance: random.Random, days: tuple[datetime, datetime], zone: ZoneInfo) -> datetime:
    """A random moment. Later days are more likely, because the service becomes known."""
    first, last = days
    day = (first + (last - first) * chance.random() ** 0.8).astimezone(zone).date()
    hour = chance.choices(range(24), HOURS)[0]
    moment = datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), zone)
    return moment if moment < last else moment - timedelta(days=1)


def _place(
    chance: random.Random, reports: Sequence[Report], said: Example, commune: str, places: dict[str, list[str]]
) -> str | None:
    if said.place:
        return said.place
    same = [
        report.place
        for report in reports
        if report.place and report.commune == commune and report.said.category == said.category
    ]
    if same and chance.random() < CLUSTERS:
        return chance.choice(same)
    return chance.choice(places[commune]) if places.get(commune) else None
