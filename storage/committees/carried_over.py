"""Moves the open items of meetings that nobody has recorded to the next meeting, after some days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as Transaction

from storage.tables.committees import AgendaItem, Committee, Meeting

RECORDED_WITHIN = timedelta(days=5)
"""How long after its beginning a meeting may be recorded; after that its open items count as not treated. It is less
than a week, since the next meeting may be a week later."""


def carry_over(transaction: Transaction, meeting_of: Callable[[Committee], Meeting], now: datetime) -> int:
    """Moves the open items of past meetings that nobody has recorded to the next meeting; returns how many."""
    late, recorded = late_items(transaction, now), now - RECORDED_WITHIN
    for code in late:
        committee = transaction.get_one(Committee, code)
        past = select(Meeting.id).where(Meeting.committee == code, Meeting.starts_at <= recorded)
        transaction.execute(
            update(AgendaItem)
            .where(AgendaItem.committee == code, AgendaItem.is_open, AgendaItem.meeting_id.in_(past))
            .values(meeting_id=meeting_of(committee).id, came_back=AgendaItem.came_back + 1)
        )
    return sum(late.values())


def late_items(transaction: Transaction, now: datetime) -> dict[str, int]:
    """The number of open items from meetings that nobody has recorded in time, by committee code."""
    late = (
        select(AgendaItem.committee, func.count())
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.is_open, Meeting.starts_at <= now - RECORDED_WITHIN)
        .group_by(AgendaItem.committee)
    )
    return dict(transaction.execute(late).all())
