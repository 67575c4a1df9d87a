"""Moves, cancels and records meetings, and gives their documents.

The documents of a recorded meeting stay as they were, whatever happens to the items later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session as Transaction

from flows.committees.agenda import OrderOfBusiness, RankedItem, order_of_business
from gateway.documents import minutes
from gateway.documents import order_of_business as order_document
from gateway.documents.document import MeetingDocument, document_from
from gateway.outbound.citizen_notifications import SETTLES
from gateway.outbound.secretary_notifications import notify_secretaries
from gateway.runtime.deployment import Deployment
from storage.committees.agendas import agenda
from storage.committees.committees import zone_of
from storage.committees.meetings import PAPERS as SEALED_PAPERS
from storage.committees.meetings import (
    Attendance,
    MeetingRefused,
    cancel_meeting,
    hold_meeting,
    meetings_until,
    move_meeting,
    planned_ahead,
)
from storage.enumerations import ConcernState, MeetingState
from storage.refusals import Why
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern

DOCUMENTS = {"ordre-du-jour": order_document.order_of_business, "proces-verbal": minutes.minutes}


def move(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, to: datetime, but_for: int | None = None
) -> None:
    """Moves a meeting by hand; notifies its secretaries, and the citizens who were told the old date.

    `but_for` is the id of the contact who moved it by phone and is answered there. Raises `MeetingRefused`.
    """
    old = meeting.starts_at
    move_meeting(transaction, meeting, to, deployment.now())
    transaction.flush()
    if to != old:
        tell_moved(deployment, transaction, meeting, old, but_for)


def cancel(deployment: Deployment, transaction: Transaction, meeting: Meeting) -> Meeting:
    """Cancels a meeting and returns the one that its items go to. Raises `MeetingRefused`.

    Its secretaries are notified, and the citizens who were told the old date.
    """
    _tell_citizens_again(deployment, transaction, meeting)
    later = cancel_meeting(transaction, deployment.pack, meeting, deployment.now())
    transaction.flush()
    committee = transaction.get_one(Committee, meeting.committee)
    old, new = (_moment(deployment, committee, at) for at in (meeting.starts_at, later.starts_at))
    key = f"meeting:{meeting.id}:{meeting.changes}"
    notify_secretaries(
        deployment, transaction, committee, key, "meeting.cancelled", old=old, new=new, committee=committee.name
    )
    return later


def tell_moved(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, old: datetime, but_for: int | None = None
) -> None:
    """Notifies secretaries and citizens of a meeting's new date."""
    committee = transaction.get_one(Committee, meeting.committee)
    was, is_now = (_moment(deployment, committee, at) for at in (old, meeting.starts_at))
    key = f"meeting:{meeting.id}:{meeting.changes}"
    notify_secretaries(
        deployment, transaction, committee, key, "meeting.moved", but_for,
        old=was, new=is_now, committee=committee.name,
    )  # fmt: skip
    _tell_citizens_again(deployment, transaction, meeting)


def tell_changes(
    deployment: Deployment, transaction: Transaction, committee: Committee, before: Mapping[int, datetime]
) -> None:
    """Notifies people of every meeting that a new rule has moved.

    `before` is the result of `planned_ahead` before the change.
    """
    transaction.flush()
    for id, starts_at in planned_ahead(transaction, committee.code, deployment.now()).items():
        if id in before and before[id] != starts_at:
            tell_moved(deployment, transaction, transaction.get_one(Meeting, id), before[id])


def tell_postponed(deployment: Deployment, transaction: Transaction, item: AgendaItem) -> None:
    """Tells the new date to the citizens who were told the old date of an item's meeting."""
    _tell_again(deployment, transaction, Concern.item_id == item.id)


def record_meeting(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, attendance: Attendance
) -> Meeting:
    """Records that a meeting was held, and stores its documents. Raises `MeetingRefused`.

    Returns the meeting that untreated items go to.
    """
    business = order_of(deployment, transaction, meeting)
    order = order_document.order_of_business(deployment, transaction, meeting, business)
    later = hold_meeting(transaction, deployment.pack, deployment.vault, meeting, attendance, deployment.now())
    record = minutes.minutes(deployment, transaction, meeting, business)
    kept = json.dumps({"ordre-du-jour": asdict(order), "proces-verbal": asdict(record)}, ensure_ascii=False)
    meeting.papers_sealed = deployment.vault.seal(SEALED_PAPERS, kept)
    return later


def document_of(deployment: Deployment, transaction: Transaction, meeting: Meeting, name: str) -> MeetingDocument:
    """Returns a document as it was stored, or as it would be now. `name` is a key of `DOCUMENTS`.

    Raises `MeetingRefused` for the minutes of a cancelled meeting.
    """
    if meeting.papers_sealed:
        return document_from(json.loads(deployment.vault.open(SEALED_PAPERS, meeting.papers_sealed))[name])
    if meeting.state is MeetingState.CANCELLED and name == "proces-verbal":
        raise MeetingRefused(Why.MEETING_CANCELLED)
    business = order_of(deployment, transaction, meeting)
    return document_from(asdict(DOCUMENTS[name](deployment, transaction, meeting, business)))


def order_of(deployment: Deployment, transaction: Transaction, meeting: Meeting) -> OrderOfBusiness:
    """Returns what a meeting deals with: items that people put on, then others by score up to the committee's limit."""
    size = transaction.get_one(Committee, meeting.committee).agenda_size
    items = standing_before(deployment, transaction, meeting)
    return order_of_business(items, deployment.pack.agenda_size if size is None else size)


def standing_before(deployment: Deployment, transaction: Transaction, meeting: Meeting) -> list[RankedItem]:
    """Returns the open items of a meeting. Before it starts, those of earlier meetings count too; then only its own.

    Items that were postponed to a later meeting are not among them.
    """
    items = agenda(transaction, meeting.committee, deployment.now())
    if meeting.starts_at <= deployment.now():
        return [item for item in items if item.meeting_id == meeting.id]
    until = meetings_until(transaction, meeting)
    return [item for item in items if item.meeting_id in until]


def _tell_citizens_again(deployment: Deployment, transaction: Transaction, meeting: Meeting) -> None:
    items = select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id, AgendaItem.is_open)
    _tell_again(deployment, transaction, Concern.item_id.in_(items))


def _tell_again(deployment: Deployment, transaction: Transaction, which: ColumnElement[bool]) -> None:
    """Schedules the right date for citizens who were told a wrong one, even within a week of their last SMS."""
    told = [Concern.state == ConcernState.ON_AGENDA, Concern.told_at.is_not(None), Concern.contact_id.is_not(None)]
    for concern in transaction.scalars(select(Concern).where(which, *told)):
        concern.news_due_at = deployment.now() + SETTLES


def _moment(deployment: Deployment, committee: Committee, at: datetime) -> str:
    return f"{at.astimezone(zone_of(deployment.pack, committee)):%d/%m %H:%M}"
