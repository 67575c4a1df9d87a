"""Drafts: USSD reports that were cut off after the place was chosen.

A draft is kept encrypted and offered when its caller dials again. Later one SMS asks about it; then it is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session as Transaction

from storage.connection import connection_of
from storage.insert_once import insert_once
from storage.safety.vault import Vault, VaultError
from storage.tables.concerns import Draft
from storage.tables.people import Contact

REPORT = "drafts.talk"
OFFERED_FOR = timedelta(minutes=30)
"""How long a caller who dials again may go on with the draft; after that one SMS asks whether to send it."""
ANSWER_WITHIN = timedelta(hours=24)
"""How long that SMS may be answered; then the draft is deleted."""

_DROP = delete(Draft.__table__).where(Draft.__table__.c.contact_id == bindparam("of"))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Unsent:
    """An unfinished report: the screen that was shown last, and the answers so far."""

    screen: str
    answers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as it stands in the database; see `storage.tables.concerns.Draft`."""

    session_hash: bytes
    talk_sealed: bytes
    base_sealed: bytes | None
    kept_at: datetime


def keep_draft(
    transaction: Transaction, vault: Vault, contact: Contact, marks: Sequence[bytes], unsent: Unsent, now: datetime
) -> None:
    """Keeps the draft of a USSD session, whose `marks` are `SessionKey.marks`.

    A recent draft of another session becomes the base with which this session began. `now` is the time of the session's
    last answer; a draft that was kept later is not replaced.
    """
    sealed = vault.seal(REPORT, json.dumps([unsent.screen, unsent.answers], ensure_ascii=False))
    new = {"contact_id": contact.id, "session_hash": marks[0], "talk_sealed": sealed, "kept_at": now}
    kept = transaction.get(Draft, contact.id)
    if kept is None:
        if insert_once(transaction, Draft, **new):
            return
        kept = transaction.get_one(Draft, contact.id)
    if kept.kept_at > now:
        return
    if kept.session_hash not in marks:
        kept.base_sealed = kept.talk_sealed if kept.kept_at > now - OFFERED_FOR else None
        kept.session_hash = marks[0]
    kept.talk_sealed, kept.kept_at, kept.asked_at = sealed, now, None


def offered_draft(vault: Vault, kept: KeptDraft | None, marks: Sequence[bytes], now: datetime) -> Unsent | None:
    """The draft that a session is offered: the one of an earlier session, or the base if the session has its own."""
    if kept is None:
        return None
    if kept.session_hash in marks:
        return _opened(vault, kept.base_sealed)
    return _opened(vault, kept.talk_sealed) if kept.kept_at > now - OFFERED_FOR else None


def offer_ended_at(kept: KeptDraft | None, now: datetime) -> datetime | None:
    """When the draft stopped being offered; None if it is still offered, or if there is no draft."""
    if kept is None or kept.kept_at + OFFERED_FOR > now:
        return None
    return kept.kept_at + OFFERED_FOR


def asked_draft(
    transaction: Transaction, vault: Vault, contact: Contact, now: datetime
) -> tuple[Unsent, datetime] | None:
    """The draft that this person was asked about, and when it was kept."""
    kept = transaction.get(Draft, contact.id)
    if kept is None or kept.asked_at is None or kept.asked_at < now - ANSWER_WITHIN:
        return None
    unsent = _opened(vault, kept.talk_sealed)
    return (unsent, kept.kept_at) if unsent else None


def may_be_asked(unsent: Unsent) -> bool:
    """Whether its writer said, before it was cut off, that they may be answered."""
    return unsent.answers.get("answerable") is True


def drop_draft(transaction: Transaction, contact: Contact) -> None:
    """Deletes a contact's draft, and the contact's phone number if that was kept for the draft only."""
    if contact.kept_for_draft:
        contact.msisdn_sealed, contact.kept_for_draft = None, False
    transaction.execute(delete(Draft).where(Draft.contact_id == contact.id))


def drop_draft_of(transaction: Transaction, contact_id: int) -> None:
    """Deletes a draft only; the caller has already decided about the contact's phone number."""
    connection_of(transaction).execute(_DROP, {"of": contact_id})


def unresumed(transaction: Transaction, now: datetime, most: int = 100) -> Sequence[tuple[Draft, Contact]]:
    """Up to `most` drafts that are no longer offered and about which no SMS was sent, with their contacts."""
    rows = transaction.execute(
        select(Draft, Contact)
        .join(Contact, Contact.id == Draft.contact_id)
        .where(Draft.kept_at <= now - OFFERED_FOR, Draft.asked_at.is_(None))
        .limit(most)
    ).all()
    return [(draft, contact) for draft, contact in rows]


def some_are_due(transaction: Transaction, now: datetime) -> bool:
    """Whether there is a draft to ask about, or a draft whose question was not answered in time."""
    unanswered = select(Draft.contact_id).where(Draft.asked_at <= now - ANSWER_WITHIN).limit(1)
    return bool(unresumed(transaction, now, 1)) or transaction.scalars(unanswered).first() is not None


def drop_unanswered(transaction: Transaction, now: datetime) -> None:
    """Deletes the drafts whose question was not answered within `ANSWER_WITHIN`."""
    unanswered = select(Contact).join(Draft, Draft.contact_id == Contact.id)
    for contact in transaction.scalars(unanswered.where(Draft.asked_at <= now - ANSWER_WITHIN)).all():
        drop_draft(transaction, contact)


def opened_draft(vault: Vault, draft: Draft) -> Unsent | None:
    """A draft decrypted; None if its key is gone."""
    return _opened(vault, draft.talk_sealed)


def _opened(vault: Vault, sealed: bytes | None) -> Unsent | None:
    if sealed is None:
        return None
    try:
        screen, answers = json.loads(vault.open(REPORT, sealed))
    except (VaultError, ValueError):
        return None  # its key is gone: the citizen starts again
    return Unsent(screen, answers)
