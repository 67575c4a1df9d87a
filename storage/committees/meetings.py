"""Meetings beside their rule: moved, cancelled, held. What was not treated goes on to the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.committees.committees import next_meeting, zone_of
from storage.enumerations import MeetingState
from storage.refusals import Refusal, Why
from storage.safety.vault import Vault
from storage.tables.committees import AgendaItem, Committee, Meeting

PRESENT, PAPERS = "meetings.present", "meetings.papers"
EARLY = timedelta(hours=12)
"""How long before its hour a meeting may be said to be held: it began early, or was moved by word of mouth."""


class MeetingRefused(Refusal):
    """A change of a meeting that makes no sense."""


def meetings_of(transaction: Transaction, committee: str, most: int = 12) -> Sequence[Meeting]:
    """The last meetings and those to come, newest first."""
    return transaction.scalars(
        select(Meeting).where(Meeting.committee == committee).order_by(Meeting.starts_at.desc()).limit(most)
    ).all()


def locked_meeting(transaction: Transaction, committee: str, id: int) -> Meeting | None:
    """The committee's meeting of that number, held until the transaction ends."""
    return transaction.scalars(
        select(Meeting).where(Meeting.committee == committee, Meeting.id == id).with_for_update()
    ).first()


def move_meeting(transaction: Transaction, meeting: Meeting, to: datetime, now: datetime) -> None:
    """Raises `MeetingRefused`."""
    _still_planned(meeting)
    if to <= now:
        raise MeetingRefused(Why.MEETING_IN_THE_PAST)
    taken = select(Meeting.id).where(Meeting.committee == meeting.committee, Meeting.starts_at == to)
    if transaction.scalars(taken.where(Meeting.id != meeting.id)).first():
        raise MeetingRefused(Why.MEETING_HOUR_TAKEN)
    meeting.starts_at = to


def cancel_meeting(transaction: Transaction, pack: Pack, meeting: Meeting, now: datetime) -> Meeting:
    """Its items go to the next one, which is given back. Raises `MeetingRefused`."""
    _still_planned(meeting)
    meeting.state = MeetingState.CANCELLED
    transaction.flush()
    committee = transaction.get_one(Committee, meeting.committee)
    later = next_meeting(transaction, pack, committee, max(now, meeting.starts_at))
    _go_on(transaction, meeting, later)
    return later


def hold_meeting(
    transaction: Transaction, pack: Pack, vault: Vault, meeting: Meeting, present: str, now: datetime
) -> Meeting:
    """It has been held: numbered in its year, with those present; what was not treated goes to the next.

    Raises `MeetingRefused`.
    """
    _still_planned(meeting)
    if meeting.starts_at > now + EARLY:
        raise MeetingRefused(Why.MEETING_TO_COME)
    lines = [line.strip() for line in present.splitlines() if line.strip()]
    if not lines:
        raise MeetingRefused(Why.NOBODY_PRESENT)
    committee = transaction.get_one(Committee, meeting.committee)
    meeting.number = number_of(transaction, pack, meeting)
    meeting.state, meeting.present_sealed = MeetingState.HELD, vault.seal(PRESENT, "\n".join(lines))
    transaction.flush()
    later = next_meeting(transaction, pack, committee, max(now, meeting.starts_at))
    _go_on(transaction, meeting, later)
    return later


def number_of(transaction: Transaction, pack: Pack, meeting: Meeting) -> int:
    """Its number among those held by its committee in its year: the one it has, or would get."""
    if meeting.number:
        return meeting.number
    zone = zone_of(pack, transaction.get_one(Committee, meeting.committee))
    local = meeting.starts_at.astimezone(zone)
    first = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    this_year = [Meeting.starts_at >= first, Meeting.starts_at < first.replace(year=first.year + 1)]
    query = select(func.max(Meeting.number)).where(Meeting.committee == meeting.committee, *this_year)
    return (transaction.scalar(query) or 0) + 1


def _go_on(transaction: Transaction, meeting: Meeting, later: Meeting) -> None:
    transaction.execute(
        update(AgendaItem)
        .where(AgendaItem.meeting_id == meeting.id, AgendaItem.is_open)
        .values(meeting_id=later.id, came_back=AgendaItem.came_back + 1)
        .execution_options(synchronize_session=False)
    )


def _still_planned(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.PLANNED:
        raise MeetingRefused(Why.MEETING_OVER)
