"""Meetings that people move, cancel and record. Items that were not treated go on to the next meeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Transaction

from config.clean_text import clean_line
from config.pack import Pack
from storage.committees.committees import next_meeting, zone_of
from storage.enumerations import MeetingState
from storage.refusals import Refusal, Why
from storage.safety.vault import Vault
from storage.tables.committees import AgendaItem, Committee, Meeting

PRESENT, EXCUSED, CHAIRED_BY = "meetings.present", "meetings.excused", "meetings.chaired_by"
PAPERS = "meetings.papers"
USUAL_HOURS = range(6, 22)
"""Hours of the day, local, at which meetings usually begin; another hour is asked about (`is_odd`)."""
USUALLY_WITHIN = timedelta(days=366)
EARLY = timedelta(hours=12)
"""How long before its planned time a meeting may be recorded as held: it began early, or was moved informally."""


LONGEST_NAME = 160


class MeetingRefused(Refusal):
    """A change of a meeting that is not possible; the reason says why."""


def meetings_of(transaction: Transaction, committee: str, most: int = 12) -> Sequence[Meeting]:
    """Up to `most` meetings of a committee, past ones and those to come, the latest first."""
    return transaction.scalars(
        select(Meeting).where(Meeting.committee == committee).order_by(Meeting.starts_at.desc()).limit(most)
    ).all()


def meetings_until(transaction: Transaction, meeting: Meeting) -> set[int]:
    """The ids of a committee's meetings up to and including this one."""
    query = select(Meeting.id).where(Meeting.committee == meeting.committee, Meeting.starts_at <= meeting.starts_at)
    return set(transaction.scalars(query))


def locked_meeting(transaction: Transaction, committee: str, id: int) -> Meeting | None:
    """Locks a meeting of a committee until the transaction ends."""
    return transaction.scalars(
        select(Meeting).where(Meeting.committee == committee, Meeting.id == id).with_for_update()
    ).first()


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who attended a meeting and who sent apologies, one person per line, and who presided."""

    present: str
    excused: str = ""
    chaired_by: str = ""


def planned_ahead(transaction: Transaction, committee: str, now: datetime) -> dict[int, datetime]:
    """The beginning of each planned meeting to come of a committee, by the meeting's id."""
    query = select(Meeting.id, Meeting.starts_at).where(
        Meeting.committee == committee, Meeting.state == MeetingState.PLANNED, Meeting.starts_at > now
    )
    return dict(transaction.execute(query).all())


def meetings_between(
    transaction: Transaction, committees: Sequence[str] | None, since: datetime, until: datetime
) -> Sequence[Meeting]:
    """The meetings of these committees (None: all) from `since` until before `until`, in order of time."""
    query = select(Meeting).where(Meeting.starts_at >= since, Meeting.starts_at < until).order_by(Meeting.starts_at)
    if committees is not None:
        query = query.where(Meeting.committee.in_(committees))
    return transaction.scalars(query).all()


def is_odd(pack: Pack, committee: Committee, to: datetime, now: datetime) -> bool:
    """Whether a time looks like a typing mistake: at night, or more than a year ahead."""
    hour = to.astimezone(zone_of(pack, committee)).hour
    return hour not in USUAL_HOURS or to > now + USUALLY_WITHIN


def move_meeting(transaction: Transaction, meeting: Meeting, to: datetime, now: datetime) -> None:
    """Moves a meeting. A new meeting rule does not move it again. Raises `MeetingRefused`."""
    _still_planned(meeting)
    if to <= now:
        raise MeetingRefused(Why.MEETING_IN_THE_PAST)
    taken = select(Meeting.id).where(Meeting.committee == meeting.committee, Meeting.starts_at == to)
    if transaction.scalars(taken.where(Meeting.id != meeting.id)).first():
        raise MeetingRefused(Why.MEETING_HOUR_TAKEN)
    meeting.starts_at, meeting.set_by_hand = to, True


def cancel_meeting(transaction: Transaction, pack: Pack, meeting: Meeting, now: datetime) -> Meeting:
    """Cancels a meeting; its items go to the next meeting, which is returned. Raises `MeetingRefused`."""
    _still_planned(meeting)
    meeting.state = MeetingState.CANCELLED
    transaction.flush()
    committee = transaction.get_one(Committee, meeting.committee)
    later = next_meeting(transaction, pack, committee, max(now, meeting.starts_at))
    _go_on(transaction, meeting, later)
    return later


def hold_meeting(
    transaction: Transaction, pack: Pack, vault: Vault, meeting: Meeting, attendance: Attendance, now: datetime
) -> Meeting:
    """Records a meeting as held, with its number in the year and the attendance.

    Items that were not treated go to the next meeting, which is returned. Raises `MeetingRefused`.
    """
    _still_planned(meeting)
    if meeting.starts_at > now + EARLY:
        raise MeetingRefused(Why.MEETING_TO_COME)
    present = _lines(attendance.present)
    if not present:
        raise MeetingRefused(Why.NOBODY_PRESENT)
    committee = transaction.get_one(Committee, meeting.committee)
    meeting.number = number_of(transaction, pack, meeting)
    meeting.state, meeting.present_sealed = MeetingState.HELD, vault.seal(PRESENT, present)
    if excused := _lines(attendance.excused):
        meeting.excused_sealed = vault.seal(EXCUSED, excused)
    if chaired_by := " ".join(attendance.chaired_by.split()):
        meeting.chaired_by_sealed = vault.seal(CHAIRED_BY, chaired_by[:LONGEST_NAME])
    transaction.flush()
    later = next_meeting(transaction, pack, committee, max(now, meeting.starts_at))
    _go_on(transaction, meeting, later)
    return later


def number_of(transaction: Transaction, pack: Pack, meeting: Meeting) -> int:
    """The number of a meeting among those that its committee held in that year; before it is held, the next number."""
    if meeting.number:
        return meeting.number
    zone = zone_of(pack, transaction.get_one(Committee, meeting.committee))
    local = meeting.starts_at.astimezone(zone)
    first = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    this_year = [Meeting.starts_at >= first, Meeting.starts_at < first.replace(year=first.year + 1)]
    query = select(func.max(Meeting.number)).where(Meeting.committee == meeting.committee, *this_year)
    return (transaction.scalar(query) or 0) + 1


def set_venue(meeting: Meeting, venue: str) -> None:
    """Sets where a meeting takes place; empty means the committee's usual venue. Raises `MeetingRefused`."""
    _still_planned(meeting)
    meeting.venue = clean_line(venue)[:160] or None


def _go_on(transaction: Transaction, meeting: Meeting, later: Meeting) -> None:
    transaction.execute(
        update(AgendaItem)
        .where(AgendaItem.meeting_id == meeting.id, AgendaItem.is_open)
        .values(meeting_id=later.id, came_back=AgendaItem.came_back + 1)
        .execution_options(synchronize_session=False)
    )


def _lines(text: str) -> str:
    """The lines of a text that are not empty."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _still_planned(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.PLANNED:
        raise MeetingRefused(Why.MEETING_OVER)
