"""The list's filter: read from the address, and written into links and forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import flash, request

from config.outside import read_number
from flows.triage import Kind, Urgency
from gateway.committees.concerns import ActRefused
from gateway.committees.refusal_texts import for_page
from gateway.queue.concerns.communes import commune_label, read_commune
from gateway.runtime.deployment import Deployment
from storage.concerns.listing.filters import Filter
from storage.enumerations import ConcernState

NAMES = (
    "commune", "category", "urgency", "state", "channel", "language", "kind", "period", "since", "until", "words",
    "review", "asked",
)  # fmt: skip
OPEN = "open"
"""The value of `state` for all concerns that are not closed."""
PERIODS = {"today": 1, "week": 7, "month": 30, "quarter": 90}
"""Days of each period, today included."""
LONGEST_WORDS = 100


@dataclass(frozen=True, slots=True)
class ListAddress:
    """The list's filter.

    `given` are the arguments of the address, `commune` the label of the commune that was understood.
    """

    filter: Filter
    words: str
    given: Mapping[str, str]
    commune: str

    def page(self, number: int) -> dict[str, str]:
        """The arguments of a link to another page of the same list."""
        return {**self.given, "page": str(number)}


def read_address(here: Deployment) -> ListAddress:
    """The filter of the address. What cannot be read is ignored, so that an old link still shows the queue."""
    given = {name: value for name in NAMES if (value := request.args.get(name, "").strip())}
    commune = _commune(here, given)
    state = given.get("state", "")
    since, until = _period(here, given)
    narrowed = Filter(
        commune=commune,
        category=_one_of(given, "category", here.pack.categories),
        urgency=_one_of(given, "urgency", tuple(Urgency)),
        state=ConcernState(state) if state in set(ConcernState) else None,
        is_open=state == OPEN,
        channel=_one_of(given, "channel", ("ussd", "sms")),
        language=given.get("language", "")[:8] or None,
        kind=_one_of(given, "kind", tuple(Kind)),
        since=since,
        until=until,
        only_review=given.get("review") == "1",
        only_asked=given.get("asked") == "1",
        page=read_number(request.args.get("page", ""), 10**6) or 1,
    )
    return ListAddress(narrowed, given.get("words", "")[:LONGEST_WORDS], given, commune_label(here.pack, commune))


def _one_of(given: Mapping[str, str], name: str, known: object) -> str | None:
    value = given.get(name, "")
    return value if value and value in known else None  # type: ignore[operator]


def _commune(here: Deployment, given: Mapping[str, str]) -> str | None:
    if "commune" not in given:
        return None
    try:
        return read_commune(here, given["commune"]).commune
    except ActRefused as why:
        flash(for_page(why))
        return None


def _period(here: Deployment, given: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Start and end in UTC: of a named period up to now, or of the typed days, both included."""
    zone = here.pack.time_zone
    midnight = here.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if days := PERIODS.get(given.get("period", "")):
        return (midnight - timedelta(days=days - 1)).astimezone(UTC), None
    moments: list[datetime | None] = []
    for name, added in (("since", 0), ("until", 1)):
        try:
            day = datetime.fromisoformat(given.get(name, "")[:10]) + timedelta(days=added)
            moments.append(day.replace(tzinfo=zone).astimezone(UTC))
        except (ValueError, OverflowError):
            moments.append(None)
    return moments[0], moments[1]
