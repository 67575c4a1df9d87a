"""A USSD caller's contact: one query for all that a session begins with, and the changes that a report makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.concerns.unfinished_reports import KeptDraft
from storage.connection import connection_of
from storage.insert_once import inserted_key
from storage.people.contacts import MSISDN
from storage.safety.vault import Vault
from storage.tables.committees import Pin, Secretary
from storage.tables.concerns import Draft
from storage.tables.people import Contact

_CONTACTS, _DRAFTS = Contact.__table__, Draft.__table__
_OF_NUMBER = _CONTACTS.c.msisdn_hash.in_(bindparam("hashes", expanding=True))
_LOOK = (
    select(
        _CONTACTS.c.id,
        _CONTACTS.c.language,
        _CONTACTS.c.language_session_hash,
        _CONTACTS.c.usual_place,
        _CONTACTS.c.asked_answerable,
        _CONTACTS.c.muted_at.is_not(None).label("is_muted"),
        _CONTACTS.c.wants_news,
        _CONTACTS.c.menu_changed_at,
        exists().where(Secretary.__table__.c.contact_id == _CONTACTS.c.id).label("is_secretary"),
        exists().where(Pin.__table__.c.contact_id == _CONTACTS.c.id).label("has_pin"),
        _DRAFTS.c.session_hash,
        _DRAFTS.c.talk_sealed,
        _DRAFTS.c.base_sealed,
        _DRAFTS.c.kept_at,
    )
    .select_from(_CONTACTS.outerjoin(_DRAFTS, _DRAFTS.c.contact_id == _CONTACTS.c.id))
    .where(_OF_NUMBER)
)
_BEFORE_REPORT = (
    select(
        _CONTACTS.c.id,
        _CONTACTS.c.language,
        _CONTACTS.c.msisdn_sealed,
        _CONTACTS.c.kept_for_draft,
        _CONTACTS.c.reports_on,
        _CONTACTS.c.reports_that_day,
    )
    .where(_OF_NUMBER)
    .with_for_update()
)
_AFTER_REPORT = update(Contact.__table__).where(_CONTACTS.c.id == bindparam("of"))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a caller when a session begins."""

    contact_id: int
    language: str | None
    language_session_hash: bytes | None
    usual_place: str | None
    asked_answerable: bool
    is_muted: bool
    wants_news: bool
    menu_changed_at: datetime | None
    is_secretary: bool
    has_pin: bool
    draft: KeptDraft | None


def look_up_caller(transaction: Transaction, vault: Vault, msisdn: Msisdn) -> Caller | None:
    """The caller with this number, by one query; None if the number is unknown."""
    row = connection_of(transaction).execute(_LOOK, {"hashes": vault.msisdn_hashes(msisdn)}).first()
    if row is None:
        return None
    draft = KeptDraft(row.session_hash, row.talk_sealed, row.base_sealed, row.kept_at) if row.session_hash else None
    return Caller(
        row.id, row.language, row.language_session_hash, row.usual_place, row.asked_answerable, row.is_muted,
        row.wants_news, row.menu_changed_at, row.is_secretary, row.has_pin, draft,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reporter:
    """The contact of a caller who reports; `reports_today` includes this report."""

    contact_id: int
    reports_today: int
    is_new: bool = False
    """Whether this report is the first that is heard of the number, so that nothing else belongs to it."""


def note_report(
    transaction: Transaction,
    vault: Vault,
    msisdn: Msisdn,
    language: str | None,
    place: str | None,
    now: datetime,
    seems_new: bool = False,
) -> Reporter:
    """Updates the contact of a number with what its report says, and creates the contact if it is new.

    If the number `seems_new`, its contact is inserted without a look for one; if there is one, it is looked for then.
    `place` is set if the caller may be answered: it becomes the usual place, and the number itself is kept. For a
    number that is not kept, only the day of creation is stored, because the minute could identify its report.
    """
    today, connection = now.date(), connection_of(transaction)
    hashes = vault.msisdn_hashes(msisdn)
    seems_new = seems_new and len(hashes) == 1  # it may be known by a hash of an earlier secret
    row = None if seems_new else connection.execute(_BEFORE_REPORT, {"hashes": hashes}).first()
    # A filed session is not replayed, so every next session begins in the language that was chosen.
    left: dict[str, Any] = {
        "asked_answerable": True,
        "language_session_hash": None,
        "reports_on": today,
        "kept_for_draft": False,
    }
    if row is None:
        contact_id = inserted_key(
            transaction,
            Contact,
            msisdn_hash=hashes[0],
            msisdn_sealed=vault.seal(MSISDN, msisdn) if place else None,
            language=language,
            usual_place=place,
            reports_that_day=1,
            wants_news=False,
            created_at=now if place else now.replace(hour=0, minute=0, second=0, microsecond=0),
            **left,
        )
        if contact_id is not None:
            return Reporter(contact_id, 1, is_new=True)
        row = connection.execute(_BEFORE_REPORT, {"hashes": hashes}).one()
    count = row.reports_that_day + 1 if row.reports_on == today else 1
    sealed = None if row.kept_for_draft and not place else row.msisdn_sealed
    left |= {"of": row.id, "language": row.language or language, "reports_that_day": count, "msisdn_sealed": sealed}
    if place:
        left |= {"msisdn_sealed": sealed or vault.seal(MSISDN, msisdn), "usual_place": place}
    connection.execute(_AFTER_REPORT, left)
    return Reporter(row.id, count)
