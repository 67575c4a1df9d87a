"""Reports that were cut off: one question by SMS, and filing if the answer is yes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session as Transaction

from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import NewConcern, file_concern
from storage.concerns.unfinished_reports import (
    Unsent,
    asked_draft,
    drop_draft,
    drop_unanswered,
    may_be_asked,
    opened_draft,
    some_are_due,
    unresumed,
)
from storage.enumerations import Priority
from storage.messages import outbound
from storage.people.contacts import count_report
from storage.tables.concerns import Concern, Draft
from storage.tables.people import Contact

ASKED_AT_NIGHT_FOR = timedelta(hours=1)
"""How long after a report was cut off the question about it answers somebody who has just used their phone."""
AT_ONCE = 8
"""Drafts of one transaction."""


def ask_about_drafts(deployment: Deployment) -> int:
    """Asks once about each draft whose sender may be answered; drops the others. Returns the number of SMS."""
    with deployment.database.read() as transaction:
        if not some_are_due(transaction, deployment.now()):
            return 0
    with deployment.database.write() as transaction:
        drop_unanswered(transaction, deployment.now())
    asked = 0
    while True:
        with deployment.database.write() as transaction:
            drafts = unresumed(transaction, deployment.now(), AT_ONCE)
            asked += sum(_ask_about(deployment, transaction, draft, contact) for draft, contact in drafts)
        if len(drafts) < AT_ONCE:
            return asked


def _ask_about(deployment: Deployment, transaction: Transaction, draft: Draft, contact: Contact) -> bool:
    """Asks about one draft, or drops it if its citizen may not be asked; returns whether an SMS goes."""
    now = deployment.now()
    unsent = opened_draft(deployment.vault, draft)
    if unsent is None or not _may_be_asked(contact, unsent):
        drop_draft(transaction, contact)
        return False
    draft.asked_at = now
    key = f"draft:{contact.id}:{draft.kept_at:%Y%m%d%H%M%S}"
    was_just_cut_off = draft.kept_at > now - ASKED_AT_NIGHT_FOR
    priority = Priority.ANSWER if was_just_cut_off else Priority.NOTICE
    sms = outbound.OutboundSms(key, contact, _question(deployment, contact, unsent), priority=priority)
    return outbound.queue_message(transaction, deployment.vault, deployment.pack, sms, now) is not None


def _may_be_asked(contact: Contact, unsent: Unsent) -> bool:
    """Whether the person agreed to be answered, in an earlier report or in this one before it was cut off."""
    agreed = contact.asked_answerable or may_be_asked(unsent)
    return agreed and contact.muted_at is None and contact.msisdn_sealed is not None


def _question(deployment: Deployment, contact: Contact, unsent: Unsent) -> str:
    language = deployment.pack.language(contact.language)
    spot = deployment.triage.places.spot(str(unsent.answers.get("place", "")))
    category = language.categories.get(str(unsent.answers.get("category")), "")
    return language.say("sms.draft", category=category, place=spot.label if spot else "")


def send_draft(deployment: Deployment, transaction: Transaction, contact: Contact) -> Concern | None:
    """Files the draft that this person was asked about, after a yes; None if there is none."""
    now = deployment.now()
    asked = asked_draft(transaction, deployment.vault, contact, now)
    if asked is None:
        return None
    unsent, kept_at = asked
    spot = deployment.triage.places.spot(str(unsent.answers.get("place", "")))
    new = NewConcern(
        source=("draft", str(contact.id), kept_at.isoformat()),
        channel="ussd",
        text=str(unsent.answers.get("words", "")),
        contact_id=contact.id,
        spoken=contact.language,
        danger=bool(unsent.answers.get("danger")),
        category=str(unsent.answers["category"]) if "category" in unsent.answers else None,
        commune=spot.commune if spot else None,
        place=spot.place if spot else None,
    )
    concern, _ = file_concern(transaction, deployment.vault, new, now)
    count_report(contact, now.date())
    contact.asked_answerable, contact.menu_changed_at = True, now
    if spot:
        contact.usual_place = spot.id
    drop_draft(transaction, contact)
    return concern
