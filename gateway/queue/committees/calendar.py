"""The calendar: all meetings of a month, also those that are due by a committee's rule and not planned yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import g, render_template, request
from sqlalchemy import select

from flows.committees.meetings import read_rule
from gateway.queue.access import seen_committees
from gateway.queue.blueprint import queue
from gateway.queue.dates import month_and_year, weekday_and_day
from gateway.queue.login import signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.committees.committees import zone_of
from storage.committees.meetings import meetings_between
from storage.enumerations import MeetingState
from storage.tables.committees import Committee, Meeting

YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting in the calendar. `meeting` is None if it is due by the rule and has no row in the database yet."""

    at: datetime
    committee: Committee
    meeting: Meeting | None

    @property
    def day(self) -> str:
        """Weekday and day of the month, in the language of the page."""
        return weekday_and_day(self.at)


@queue.get("/meetings")
@signed_in
def calendar() -> str:
    """The meetings of one month, of all committees that the person sees.

    `month` is `2026-12`; by default the current one.
    """
    here = deployment()
    first = _month(request.args.get("month", ""), here.now().astimezone(here.pack.time_zone).date())
    after = _next(first)
    since, until = (datetime(day.year, day.month, 1, tzinfo=here.pack.time_zone) for day in (first, after))
    codes = seen_committees()
    with here.database.read() as transaction:
        rows = meetings_between(transaction, codes, since.astimezone(UTC), until.astimezone(UTC))
        meeting = {row.committee for row in rows}
        query = select(Committee).where(Committee.installed | Committee.code.in_(meeting))
        committees = {committee.code: committee for committee in transaction.scalars(query)}
    entries = [
        Entry(row.starts_at.astimezone(zone_of(here.pack, committees[row.committee])), committees[row.committee], row)
        for row in rows
    ]
    mine = [committee for committee in committees.values() if codes is None or committee.code in codes]
    for committee in mine:
        entries += _by_rule(here, committee, since, until, entries)
    before = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    return render_template(
        "queue/meetings.html",
        entries=sorted(entries, key=lambda entry: (entry.at, entry.committee.name)),
        month=month_and_year(first),
        before=f"{before:%Y-%m}",
        after=f"{after:%Y-%m}",
        may_act=g.rights.act,
    )


def _by_rule(
    here: Deployment, committee: Committee, since: datetime, until: datetime, entries: list[Entry]
) -> Iterator[Entry]:
    """Future meetings that are due by the rule and have no row. None if one is planned in the month already."""
    own = [entry for entry in entries if entry.committee.code == committee.code and entry.meeting]
    if any(entry.meeting and entry.meeting.state is MeetingState.PLANNED for entry in own):
        return
    taken = {entry.at for entry in own}
    rule, zone = read_rule(committee.meets or here.pack.default_meeting), zone_of(here.pack, committee)
    moment = rule.next_after(max(since, here.now()), zone)
    while moment < until:
        if moment.astimezone(zone) not in taken:
            yield Entry(moment.astimezone(zone), committee, None)
        moment = rule.next_after(moment, zone)


def _month(typed: str, today: date) -> date:
    """The first day of the typed month; of the current month if the text is not a month."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", typed, re.ASCII)
    if match and int(match[1]) in YEARS and 1 <= int(match[2]) <= 12:
        return date(int(match[1]), int(match[2]), 1)
    return today.replace(day=1)


def _next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
