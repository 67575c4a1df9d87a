"""The next meetings of many committees at once: meetings that have a row, and meetings that only follow from a rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.committees.meetings import read_rule
from storage.committees.committees import zone_of
from storage.enumerations import MeetingState
from storage.tables.committees import Committee, Meeting


@dataclass(frozen=True, slots=True)
class ComingMeeting:
    """A meeting to come. `id` is None if the meeting follows from the committee's rule and has no row yet."""

    committee: str
    starts_at: datetime
    id: int | None


def coming_meetings(
    transaction: Transaction, pack: Pack, codes: Sequence[str] | None, now: datetime, until: datetime
) -> list[ComingMeeting]:
    """The next meeting of each of these committees (None: all) before `until`, the soonest first. Writes nothing."""
    committees = select(Committee).where(or_(Committee.installed, Committee.level != pack.levels[0].id))
    meetings = select(Meeting).where(Meeting.starts_at > now).order_by(Meeting.starts_at)
    if codes is not None:
        committees = committees.where(Committee.code.in_(codes))
        meetings = meetings.where(Meeting.committee.in_(codes))
    rows: dict[str, list[Meeting]] = defaultdict(list)
    for meeting in transaction.scalars(meetings):
        rows[meeting.committee].append(meeting)
    rows_of_committees = transaction.scalars(committees)
    kept = [row for row in rows_of_committees if row.installed or row.code in pack.committees]
    coming = [_next(pack, committee, rows[committee.code], now) for committee in kept]
    soon = [meeting for meeting in coming if meeting.starts_at < until]
    return sorted(soon, key=lambda meeting: (meeting.starts_at, meeting.committee))


def _next(pack: Pack, committee: Committee, rows: Sequence[Meeting], now: datetime) -> ComingMeeting:
    """The next meeting by its planned row, else by the rule, without the times of cancelled meetings."""
    for row in rows:
        if row.state is MeetingState.PLANNED:
            return ComingMeeting(committee.code, row.starts_at, row.id)
    rule, zone = read_rule(committee.meets or pack.default_meeting), zone_of(pack, committee)
    taken = {row.starts_at for row in rows}
    moment = rule.next_after(now, zone)
    while moment in taken:
        moment = rule.next_after(moment, zone)
    return ComingMeeting(committee.code, moment, None)
