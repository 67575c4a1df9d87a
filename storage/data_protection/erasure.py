"""Erases the data of a person who asks for it. Counts and figures stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update, delete, or_, select, update
from sqlalchemy.orm import Session as Transaction

from storage.database import ERASES
from storage.people.roles import roles_of
from storage.tables.concerns import Concern, ConcernNote, Correction, Draft, ErasedNumber, ErasureCode, UndoStep
from storage.tables.messages import FiledSession, Message
from storage.tables.people import Contact

ERASED_KEPT = timedelta(days=400)
"""How long the keyed hash of an erased number is kept. The texts of an older backup are past their retention."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many reports were anonymised. `keeps_role`: the number stays, because it has a role."""

    reports: int
    keeps_role: bool


def erase_person(transaction: Transaction, contact: Contact, now: datetime) -> Erased:
    """Erases a number and everything tied to it: the words of its reports, and every text that was sent to it.

    A report keeps its category, place and day, without its person. The number's keyed hash is kept, so that the person
    is erased again after a backup is restored. The number of a secretary or duty officer stays, with the SMS for that
    role: only an administrator ends a role.
    """
    transaction.info[ERASES] = True
    transaction.add(ErasedNumber(msisdn_hash=contact.msisdn_hash, erased_at=now))
    own = select(Concern.id).where(Concern.contact_id == contact.id)
    keeps_role = bool(roles_of(transaction, contact))
    sent = [Message.contact_id == contact.id]
    if keeps_role:
        sent += [Message.alert_id.is_(None), or_(Message.committee.is_(None), Message.concern_id.is_not(None))]
    transaction.execute(update(Message).where(*sent).values(contact_id=None, text_sealed=None))
    transaction.execute(delete(Correction).where(Correction.concern_id.in_(own)))
    transaction.execute(delete(FiledSession).where(FiledSession.concern_id.in_(own)))
    transaction.execute(delete(ConcernNote).where(ConcernNote.concern_id.in_(own)))
    transaction.execute(delete(UndoStep).where(UndoStep.concern_id.in_(own)))
    reports = _count(
        transaction,
        update(Concern)
        .where(Concern.contact_id == contact.id)
        .values(contact_id=None, text_sealed=None, why_sealed=None, subjects="", news_due_at=None),
    )
    if keeps_role:
        _forget_citizen(transaction, contact)
    else:
        transaction.execute(delete(Contact).where(Contact.id == contact.id))
    transaction.expire_all()
    return Erased(reports, keeps_role)


def _forget_citizen(transaction: Transaction, contact: Contact) -> None:
    """Clears a contact's usual place, draft, counts and open questions; number, language and role stay."""
    transaction.execute(delete(Draft).where(Draft.contact_id == contact.id))
    transaction.execute(delete(ErasureCode).where(ErasureCode.contact_id == contact.id))
    transaction.execute(
        update(Contact)
        .where(Contact.id == contact.id)
        .values(
            usual_place=None, asked_answerable=False, wants_news=False, reports_on=None, reports_that_day=0,
            commune_asked_for=None, commune_asked_at=None, satisfied_asked_for=None, satisfied_asked_at=None,
            question_asked_for=None, question_asked_at=None,
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """The reports of one person and the SMS to them."""

    concerns: list[Concern]
    messages: list[Message]


def held_about(transaction: Transaction, contact: Contact) -> Held:
    """The data that is kept about a person, for their right of access."""
    concerns = transaction.scalars(select(Concern).where(Concern.contact_id == contact.id).order_by(Concern.id)).all()
    messages = transaction.scalars(select(Message).where(Message.contact_id == contact.id).order_by(Message.id)).all()
    return Held(list(concerns), list(messages))


def _count(transaction: Transaction, statement: Update | Delete) -> int:
    done = transaction.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
