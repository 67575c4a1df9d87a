"""Meetings of a period, and the committees that are installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MeetingState
from storage.figures.scope import Scope
from storage.tables.committees import Committee, Meeting


@dataclass(frozen=True, slots=True)
class MeetingCount:
    """The number of meetings in one state, and of how many committees."""

    level: str
    state: MeetingState
    meetings: int
    committees: int


def meetings_by_level(transaction: Transaction, scope: Scope, now: datetime) -> list[MeetingCount]:
    """The meetings of the period that should have begun by now, by level and state."""
    query = (
        select(Committee.level, Meeting.state, func.count(), func.count(Meeting.committee.distinct()))
        .join(Committee, Committee.code == Meeting.committee)
        .where(Meeting.starts_at >= scope.since, Meeting.starts_at < min(scope.until, now))
    )
    if scope.committees is not None:
        query = query.where(Meeting.committee.in_(scope.committees))
    return [MeetingCount(*row) for row in transaction.execute(query.group_by(Committee.level, Meeting.state))]


def installed_committees(transaction: Transaction) -> Sequence[Committee]:
    """The committees that are installed, by their names."""
    return transaction.scalars(select(Committee).where(Committee.installed).order_by(Committee.name)).all()
