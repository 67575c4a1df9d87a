"""What is known of who dials, as it was when the session began: a replay must find the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.committees.status import Facts
from gateway.runtime.deployment import Deployment
from storage.committees.committees import committees_of
from storage.concerns.concerns import frequent_categories
from storage.concerns.unfinished_reports import offer_ended_at, offered_draft
from storage.messages.inbound_events import is_known_event
from storage.people.contacts import find_contact
from storage.people.secretary_pins import has_pin
from storage.sessions.filed import LIFE
from storage.tables.people import Contact

SEASON = timedelta(days=90)
"""What a commune reports now counts, not what it reported last year."""
MOST_OFTEN = 3
MUTED, NEWS = "muted", "news"
"""The settings that a citizen's menu turns over."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """The facts that a session begins with, and when they last became others than this session's own doing."""

    facts: Facts = field(default_factory=dict)
    changed_at: datetime | None = None


def known_of_caller(
    deployment: Deployment, transaction: Transaction, msisdn: Msisdn, marks: Sequence[bytes], replays: bool
) -> KnownCaller:
    """What a session begins with. `marks` are those of the session whose own traces are not to be met.

    `replays`: what was typed in this session goes through once more.
    """
    contact = find_contact(transaction, deployment.vault, msisdn)
    if contact is None:
        return KnownCaller()
    draft = offered_draft(transaction, deployment.vault, contact, marks, deployment.now())
    midnight = _midnight(deployment)
    often = _often(deployment, transaction, contact, midnight)
    facts = {
        "language": None if contact.language_session_hash in marks else contact.language,
        "usual": contact.usual_place,
        "asked": contact.asked_answerable,
        "secretary": _secretary(transaction, contact),
        "often": often,
        "draft": (draft.screen, draft.answers) if draft else None,
        "muted": bool(contact.muted_at) != (replays and _turned(deployment, transaction, marks, MUTED)),
        "wants_news": contact.wants_news != (replays and _turned(deployment, transaction, marks, NEWS)),
    }
    changes = [contact.menu_changed_at]
    if replays and deployment.now() - midnight < LIFE:
        yesterdays = _often(deployment, transaction, contact, midnight - timedelta(days=1))
        changes.append(midnight if often != yesterdays else None)
    if replays and draft is None:
        changes.append(offer_ended_at(transaction, contact, deployment.now()))
    changed_at = max((moment for moment in changes if moment), default=None)
    return KnownCaller({name: value for name, value in facts.items() if value}, changed_at)


def setting_mark(mark: bytes, setting: str) -> tuple[str, ...]:
    """The natural key of a session's turning a setting over: a replay must find it as it was before."""
    return "ussd setting", mark.hex(), setting


def _turned(deployment: Deployment, transaction: Transaction, marks: Sequence[bytes], setting: str) -> bool:
    return any(is_known_event(transaction, deployment.vault, *setting_mark(mark, setting)) for mark in marks)


def _midnight(deployment: Deployment) -> datetime:
    now = deployment.now().astimezone(deployment.pack.time_zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _often(deployment: Deployment, transaction: Transaction, contact: Contact, day: datetime) -> list[str]:
    """What many people of this person's usual commune report, as it was when a day began."""
    if not contact.usual_place:
        return []
    commune = contact.usual_place.partition("|")[0]
    return frequent_categories(transaction, deployment.pack, commune, day, day - SEASON)[:MOST_OFTEN]


def _secretary(transaction: Transaction, contact: Contact) -> str | None:
    """Whether a secretary is calling, with a PIN or yet without; citizens cost no second look."""
    if not committees_of(transaction, contact):
        return None
    return "has_pin" if has_pin(transaction, contact) else "new"
