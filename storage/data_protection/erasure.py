"""Erases the data of a person who asks for it, and data older than the pack's periods. Counts and figures stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Select, Update, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.database import ERASES
from storage.enumerations import ConcernState, MessageState
from storage.people.roles import roles_of
from storage.safety.erasure_codes import HOLDS_FOR
from storage.tables.alerts import DutyNumber
from storage.tables.committees import PinInvitation, Secretary
from storage.tables.concerns import Concern, ConcernNote, Correction, Draft, ErasedNumber, ErasureCode, UndoStep
from storage.tables.messages import FiledSession, InboundEvent, Message, Receipt
from storage.tables.people import AccountInvitation, Contact

MONTH = timedelta(days=30.4375)
TECHNICAL = timedelta(days=90)
"""How long the ids of inbound events and delivery reports are kept; no provider sends an event again after that."""
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
class Purged:
    """How many texts of concerns, numbers, texts of messages and technical rows were erased."""

    texts: int
    numbers: int
    messages: int
    technical: int


def purge(transaction: Transaction, pack: Pack, now: datetime) -> Purged:
    """Erases data older than the pack's periods: texts by their category, numbers by their last use."""
    transaction.info[ERASES] = True
    texts = 0
    for category, months in _text_months(pack):
        old = _older_than(now - months * MONTH, now)
        mine = Concern.category == category if category else Concern.category.is_(None)
        ids = select(Concern.id).where(old, mine)
        transaction.execute(delete(Correction).where(Correction.concern_id.in_(ids)))
        transaction.execute(delete(ConcernNote).where(ConcernNote.concern_id.in_(ids)))
        texts += _count(
            transaction,
            update(Concern)
            .where(old, mine, or_(Concern.text_sealed.is_not(None), Concern.why_sealed.is_not(None)))
            .values(text_sealed=None, why_sealed=None, subjects=""),
        )
    before = now - pack.number_months * MONTH
    numbers = 0
    for contact in transaction.scalars(_unused(before)).all():
        transaction.execute(update(Concern).where(Concern.contact_id == contact.id).values(contact_id=None))
        transaction.execute(
            update(Message).where(Message.contact_id == contact.id).values(contact_id=None, text_sealed=None)
        )
        transaction.execute(delete(Contact).where(Contact.id == contact.id))
        numbers += 1
    _forget_the_day(transaction, now)
    messages = _count(
        transaction,
        update(Message)
        .where(Message.created_at < before, Message.text_sealed.is_not(None), Message.state.in_(FINISHED))
        .values(text_sealed=None),
    )
    technical = _count(transaction, delete(InboundEvent).where(InboundEvent.received_at < now - TECHNICAL))
    technical += _count(transaction, delete(Receipt).where(Receipt.received_at < now - TECHNICAL))
    technical += _count(transaction, _old_erasures(now))
    transaction.execute(delete(ErasureCode).where(ErasureCode.sent_at < now - HOLDS_FOR))
    transaction.execute(delete(PinInvitation).where(PinInvitation.expires_at < now))
    transaction.execute(delete(AccountInvitation).where(AccountInvitation.expires_at < now))
    transaction.expire_all()
    return Purged(texts, numbers, messages, technical)


def _old_erasures(now: datetime) -> Delete:
    """The statement that deletes old records of erasures, except the first row (`since_backup.BEGINNING`)."""
    return delete(ErasedNumber).where(ErasedNumber.erased_at < now - ERASED_KEPT, ErasedNumber.msisdn_hash != b"")


def _forget_the_day(transaction: Transaction, now: datetime) -> None:
    """For numbers that are kept only as a hash: clears how often they reported on a past day, and from where."""
    is_over = or_(Contact.reports_on < now.date(), and_(Contact.reports_on.is_(None), Contact.usual_place.is_not(None)))
    transaction.execute(
        update(Contact)
        .where(Contact.msisdn_sealed.is_(None), is_over)
        .values(reports_on=None, reports_that_day=0, usual_place=None)
        .execution_options(synchronize_session=False)
    )


def _older_than(before: datetime, now: datetime) -> ColumnElement[bool]:
    """The condition that a report was received before `before`, and has a lower id than every report received since.

    So a report that was filed while the clock was years behind stays, because newer ids are around it.
    """
    since = select(func.min(Concern.id)).where(Concern.received_at >= before, Concern.received_at <= now)
    return and_(Concern.received_at < before, Concern.id < func.coalesce(since.scalar_subquery(), Concern.id + 1))


FINISHED = (MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED)


def _text_months(pack: Pack) -> Iterable[tuple[str | None, int]]:
    yield None, pack.text_months
    yield from ((category.id, category.text_months or pack.text_months) for category in pack.categories.values())


def _unused(before: datetime) -> Select[Contact]:
    """Contacts without an open report, without a report or SMS since `before`, and without a role."""
    lately = select(Concern.contact_id).where(
        Concern.contact_id.is_not(None),
        or_(Concern.received_at >= before, Concern.state != ConcernState.CLOSED),
    )
    written = select(Message.contact_id).where(Message.contact_id.is_not(None), Message.created_at >= before)
    return select(Contact).where(
        Contact.created_at < before,
        Contact.id.not_in(lately),
        Contact.id.not_in(written),
        Contact.id.not_in(select(Secretary.contact_id)),
        Contact.id.not_in(select(DutyNumber.contact_id)),
    )


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
