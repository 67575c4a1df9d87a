"""A meeting that was held, and its documents: from then on these are what they were, whatever becomes of the items."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy.orm import Session as Transaction

from flows.committees.agenda import RankedItem
from gateway.documents.document import MeetingDocument, document_from, minutes, order_of_business
from gateway.runtime.deployment import Deployment
from storage.committees.agendas import agenda
from storage.committees.meetings import PAPERS as SEALED_PAPERS
from storage.committees.meetings import hold_meeting
from storage.tables.committees import Meeting

DOCUMENTS = {"ordre-du-jour": order_of_business, "proces-verbal": minutes}


def record_meeting(deployment: Deployment, transaction: Transaction, meeting: Meeting, present: str) -> Meeting:
    """Numbers it, keeps its documents, and gives back the meeting that what was not treated goes to.

    Raises `MeetingRefused`.
    """
    items = standing_before(deployment, transaction, meeting)
    order = order_of_business(deployment, transaction, meeting, items)
    later = hold_meeting(transaction, deployment.pack, deployment.vault, meeting, present, deployment.now())
    record = minutes(deployment, transaction, meeting, items)
    kept = json.dumps({"ordre-du-jour": asdict(order), "proces-verbal": asdict(record)}, ensure_ascii=False)
    meeting.papers_sealed = deployment.vault.seal(SEALED_PAPERS, kept)
    return later


def document_of(deployment: Deployment, transaction: Transaction, meeting: Meeting, name: str) -> MeetingDocument:
    """As it was kept, or as it would be now."""
    if meeting.papers_sealed:
        return document_from(json.loads(deployment.vault.open(SEALED_PAPERS, meeting.papers_sealed))[name])
    return document_from(
        asdict(DOCUMENTS[name](deployment, transaction, meeting, standing_before(deployment, transaction, meeting)))
    )


def standing_before(deployment: Deployment, transaction: Transaction, meeting: Meeting) -> list[RankedItem]:
    """The open items of a meeting: its own once its hour has come, before that all that are open."""
    now = deployment.now()
    items = agenda(transaction, meeting.committee, now)
    return items if meeting.starts_at > now else [item for item in items if item.meeting_id == meeting.id]
