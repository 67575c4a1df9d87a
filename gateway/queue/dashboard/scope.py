"""The dashboard's zone and period, read from its address. The zone lies within what the person may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from flask import g, request

from gateway.committees.rights import access_in, lies_in
from gateway.queue.access import seen_committees, sees_area
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, Labels
from storage.figures.scope import Scope
from storage.tables.committees import Committee

PERIODS = {"month": 30, "quarter": 91, "half": 182, "year": 364}
"""Days of each period, today included."""
PERIOD_LABELS = Labels(
    {"month": N_("30 jours"), "quarter": N_("13 semaines"), "half": N_("26 semaines"), "year": N_("52 semaines")}
)
USUAL = "quarter"
LONGEST = timedelta(days=366)
AREA, COMMITTEE = "area:", "committee:"
"""Prefixes of a zone: concerns reported in an area, or concerns before a committee."""
NAMES = ("zone", "period", "since", "until")


@dataclass(frozen=True, slots=True)
class Choice:
    """One zone that can be chosen."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The zone and period that were asked for.

    `given` are the arguments of the address, `zone` is the name that is shown; days are local.
    """

    scope: Scope
    zone: str
    first: date
    last: date
    given: Mapping[str, str]
    about: Mapping[str, str]
    """The code of the zone, as `area` or as `committee`."""
    areas: Sequence[Choice]
    committees: Sequence[Choice]


def read_dashboard(here: Deployment, installed: Sequence[Committee]) -> Dashboard:
    """The zone and period of the address.

    What cannot be read, or may not be seen, is ignored: the person's whole area is shown.
    """
    given = {name: value for name in NAMES if (value := request.args.get(name, "").strip())}
    pack, zone = here.pack, given.get("zone", "")
    first, last = _days(here, given)
    since, until = (
        datetime.combine(day, time(), pack.time_zone).astimezone(UTC) for day in (first, last + timedelta(days=1))
    )
    own, seen = pack.areas[g.administrator.area], seen_committees()
    areas = _areas(here)
    committees = [
        Choice(COMMITTEE + committee.code, committee.name)
        for committee in installed
        if committee.code in pack.committees and (seen is None or committee.code in seen)
    ]
    chosen = next((choice for choice in (*areas, *committees) if choice.value == zone), None)
    code = zone.partition(":")[2]
    if chosen is None:
        whole = None if seen is None else tuple(seen)
        scope, name, about = Scope(g.access, since, until, whole), own.name, {"area": own.code}
    elif zone.startswith(AREA):
        inside = tuple(known.code for known in pack.committees.values() if lies_in(pack, known.area, code))
        scope, name = Scope(access_in(pack, code, g.rights), since, until, inside), chosen.name
        about = {"area": code}
    else:
        # With the committee's own area: concerns that bypass a commune's committee do not count for it.
        access = access_in(pack, pack.committees[code].area, g.rights)
        scope, name = Scope(access, since, until, (code,), code), chosen.name
        about = {"committee": code}
    if scope.committee is None:
        scope = replace(scope, summed=here.layout.summed(scope.access, scope.committees))
    return Dashboard(scope, name, first, last, given, about, areas, committees)


def _areas(here: Deployment) -> list[Choice]:
    """The areas one level below the person's own. A secretary has none to choose: they see only their committee."""
    pack = here.pack
    if g.rights.own_committee:
        return []
    return [
        Choice(AREA + area.code, area.name)
        for area in pack.children(g.administrator.area)
        if sees_area(pack, area.code)
    ]


def _days(here: Deployment, given: Mapping[str, str]) -> tuple[date, date]:
    """The first and the last day: the typed ones, else those of the named period."""
    today = here.now().astimezone(here.pack.time_zone).date()
    try:
        first, last = (date.fromisoformat(given.get(name, "")) for name in ("since", "until"))
        if 2000 < first.year <= last.year < 3000 and timedelta() <= last - first <= LONGEST:
            return first, last
    except ValueError:
        pass
    days = PERIODS.get(given.get("period", ""), PERIODS[USUAL])
    return today - timedelta(days=days - 1), today
