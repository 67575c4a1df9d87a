"""What a citizen is told of a report and of a committee, by USSD and by SMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session as Transaction

from flows.digest import day
from flows.references import read_reference
from gateway.deployment import Deployment
from storage.agendas import Placing
from storage.concerns import by_reference, count_month
from storage.models import AgendaItem, Committee, Concern, ConcernState, Contact, Meeting

Facts = Mapping[str, Any]


def followed(open_: Transaction, typed: str, contact: Contact | None) -> Concern | None:
    """The concern of a reference, if it is this person's own or nobody's: no hint that another one exists."""
    reference = read_reference(typed)
    concern = by_reference(open_, reference) if reference else None
    if concern and concern.duplicate_of:
        concern = open_.get(Concern, concern.duplicate_of)
    if concern and (concern.contact_id is None or (contact and concern.contact_id == contact.id)):
        return concern
    return None


def item_meeting(deployment: Deployment, open_: Transaction, concern: Concern) -> str:
    """The day of the meeting whose agenda a concern stands on, as a phone shows it."""
    if concern.state is not ConcernState.ON_AGENDA or concern.item_id is None:
        return ""
    meeting = open_.get_one(Meeting, open_.get_one(AgendaItem, concern.item_id).meeting_id)
    return day(meeting.starts_at.astimezone(deployment.pack.time_zone).date())


def committee_facts(deployment: Deployment, open_: Transaction, commune: str) -> Facts | None:
    """Which committee hears a commune, when it meets and how many concerns it had this month."""
    pack, now = deployment.pack, deployment.now()
    if commune not in pack.committees:
        return None
    placing = Placing(open_, pack, now)
    code = placing.committee(commune)
    first = now.astimezone(pack.time_zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "own": code == commune,
        "commune": pack.areas[commune].name,
        "name": open_.get_one(Committee, code).name,
        "meeting": day(placing.meeting(code).starts_at.astimezone(pack.time_zone).date()),
        "month": count_month(open_, code, first),
    }
