"""The detail in the wording of a concern's state: the day of a meeting, or to whom the concern was passed on."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from flows.committees.digest import day
from gateway.runtime.deployment import Deployment
from storage.enumerations import ConcernState
from storage.tables.committees import AgendaItem, Meeting
from storage.tables.concerns import Concern


def state_about(deployment: Deployment, transaction: Transaction, concern: Concern) -> str:
    """Returns the day of the meeting or the receiver that belongs to a concern's state; empty for other states."""
    if concern.state is ConcernState.PASSED_ON:
        return concern.passed_to or ""
    if concern.state is not ConcernState.ON_AGENDA or concern.item_id is None:
        return ""
    meeting = transaction.get_one(Meeting, transaction.get_one(AgendaItem, concern.item_id).meeting_id)
    return day(meeting.starts_at.astimezone(deployment.pack.time_zone).date())
