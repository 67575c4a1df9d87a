"""A USSD caller's contact: one query for all that a session begins with, and the changes that a report makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, literal, select, update
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.concerns.unfinished_reports import KeptDraft
from storage.connection import connection_of
from storage.insert_once import inserted_key
from storage.people.contacts import MSISDN
from storage.prepared import Prepared, bound
from storage.safety.vault import Vault
from storage.sessions.filed import FILED_COLUMNS, OF_KEY, Filed, SessionKey
from storage.tables.committees import Pin, Secretary
from storage.tables.concerns import Draft
from storage.tables.messages import FiledSession
from storage.tables.people import Contact

_CONTACTS, _DRAFTS = Contact.__table__, Draft.__table__
_OF_NUMBER = _CONTACTS.c.msisdn_hash == bound(_CONTACTS, "msisdn_hash")["msisdn_hash"]
_FIRST_LOOK = Prepared(
    lambda _: select(
        *FILED_COLUMNS,
        _CONTACTS.c.id,
        _CONTACTS.c.language,
        _CONTACTS.c.language_session_hash,
        _CONTACTS.c.usual_place,
        _CONTACTS.c.asked_answerable,
        _CONTACTS.c.muted_at.is_not(None),
        _CONTACTS.c.wants_news,
        _CONTACTS.c.menu_changed_at,
        exists().where(Secretary.__table__.c.contact_id == _CONTACTS.c.id),
        exists().where(Pin.__table__.c.contact_id == _CONTACTS.c.id),
        _DRAFTS.c.session_hash,
        _DRAFTS.c.talk_sealed,
        _DRAFTS.c.base_sealed,
        _DRAFTS.c.kept_at,
    ).select_from(
        select(literal(1))
        .subquery()
        .outerjoin(FiledSession.__table__, OF_KEY)
        .outerjoin(_CONTACTS, _OF_NUMBER)
        .outerjoin(_DRAFTS, _DRAFTS.c.contact_id == _CONTACTS.c.id)
    )
)
_BEFORE_REPORT = Prepared(
    lambda _: (
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
)
_SET_BY_REPORT = (
    "language", "msisdn_sealed", "reports_that_day", "asked_answerable", "language_session_hash", "reports_on",
    "kept_for_draft",
)  # fmt: skip
_PLACE = bindparam("place", type_=_CONTACTS.c.usual_place.type)
_AFTER_REPORT = Prepared(
    lambda _: (
        update(Contact.__table__)  # type: ignore[arg-type]
        .where(_CONTACTS.c.id == bindparam("of", type_=_CONTACTS.c.id.type))
        .values(bound(_CONTACTS, *_SET_BY_REPORT) | {"usual_place": func.coalesce(_PLACE, _CONTACTS.c.usual_place)})
    )
)


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


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What is known when a session begins: the last report of its key, and its caller; None if there is none."""

    filed: Filed | None
    caller: Caller | None


def first_look(connection: Connection, vault: Vault, key: SessionKey) -> FirstLook:
    """Looks for the last report of a session key and for its caller, with one query for each secret."""
    filed: Filed | None = None
    caller: Caller | None = None
    for key_hash, msisdn_hash in zip(key.hashes(vault), vault.msisdn_hashes(key.msisdn), strict=True):
        (row,) = _FIRST_LOOK.execute(connection, {"key_hash": key_hash, "msisdn_hash": msisdn_hash})
        last, known = row[: len(FILED_COLUMNS)], row[len(FILED_COLUMNS) :]
        filed = filed or (Filed(*last) if last[0] is not None else None)
        caller = caller or (_caller(known) if known[0] is not None else None)
    return FirstLook(filed, caller)


def _caller(row: Sequence[Any]) -> Caller:
    session_hash, talk_sealed, base_sealed, kept_at = row[10:]
    draft = KeptDraft(session_hash, talk_sealed, base_sealed, kept_at) if session_hash else None
    return Caller(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], draft)


@dataclass(frozen=True, slots=True)
class Reporter:
    """The contact of a caller who reports; `reports_today` includes this report."""

    contact_id: int
    reports_today: int
    is_new: bool = False
    """Whether this report is the first that is heard of the number, so that nothing else belongs to it."""


def new_contact_row(
    vault: Vault, msisdn: Msisdn, language: str | None, place: str | None, now: datetime
) -> dict[str, Any]:
    """The columns of the contact of a newcomer who reports.

    `place` is set if the caller may be answered: it becomes the usual place, and the number itself is kept. For a
    number that is not kept, only the day of creation is stored, because the minute could identify its report.
    """
    return {
        "msisdn_hash": vault.msisdn_hashes(msisdn)[0],
        "msisdn_sealed": vault.seal(MSISDN, msisdn) if place else None,
        "language": language,
        "usual_place": place,
        "reports_that_day": 1,
        "wants_news": False,
        "created_at": now if place else now.replace(hour=0, minute=0, second=0, microsecond=0),
        **_after_report(now.date()),
    }


def _after_report(today: date) -> dict[str, Any]:
    # A filed session is not replayed, so every next session begins in the language that was chosen.
    return {"asked_answerable": True, "language_session_hash": None, "reports_on": today, "kept_for_draft": False}


def note_report(
    transaction: Transaction, vault: Vault, msisdn: Msisdn, language: str | None, place: str | None, now: datetime
) -> Reporter:
    """Updates the contact of a number with what its report says, and creates the contact if it is new.

    `place` is as in `new_contact_row`.
    """
    today, connection = now.date(), connection_of(transaction)
    row = _before_report(connection, vault, msisdn)
    if row is None:
        contact_id = inserted_key(transaction, Contact, **new_contact_row(vault, msisdn, language, place, now))
        if contact_id is not None:
            return Reporter(contact_id, 1, is_new=True)
        row = _before_report(connection, vault, msisdn)
    if row is None:
        raise RuntimeError("a contact that was there a moment ago is gone")
    contact_id, language_before, sealed, is_kept_for_draft, reports_on, reports_that_day = row
    count = reports_that_day + 1 if reports_on == today else 1
    if is_kept_for_draft and not place:
        sealed = None
    values = _after_report(today) | {
        "of": contact_id,
        "language": language_before or language,
        "reports_that_day": count,
        "msisdn_sealed": sealed or vault.seal(MSISDN, msisdn) if place else sealed,
    }
    _AFTER_REPORT.execute(connection, values | {"place": place})
    return Reporter(contact_id, count)


def _before_report(connection: Connection, vault: Vault, msisdn: Msisdn) -> Sequence[Any] | None:
    """Locks the row of a number, whose hash may have been made with any of the secrets."""
    rows = (_BEFORE_REPORT.first(connection, {"msisdn_hash": hashed}) for hashed in vault.msisdn_hashes(msisdn))
    return next(filter(None, rows), None)
