"""Erases data older than the pack's periods, in short transactions, so that no citizen waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Select,
    Update,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.data_protection.erasure import ERASED_KEPT
from storage.database import Database
from storage.enumerations import ConcernState, MessageState
from storage.paced_writes import write_slices
from storage.safety.erasure_codes import HOLDS_FOR
from storage.tables.alerts import DutyNumber
from storage.tables.committees import PinInvitation, Secretary
from storage.tables.concerns import Concern, ConcernNote, Correction, ErasedNumber, ErasureCode
from storage.tables.messages import InboundEvent, Message, Receipt
from storage.tables.people import AccountInvitation, Contact

MONTH = timedelta(days=30.4375)
TECHNICAL = timedelta(days=90)
"""How long the ids of inbound events and delivery reports are kept; no provider sends an event again after that."""
FINISHED = (MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED)
AT_ONCE = 20
"""Rows of one statement; a transaction may end after each statement."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many texts of concerns, numbers, texts of messages and technical rows were erased."""

    texts: int
    numbers: int
    messages: int
    technical: int


def purge(database: Database, pack: Pack, now: datetime) -> Purged:
    """Erases data older than the pack's periods: texts by their category, numbers by their last use.

    If it is interrupted, the next call erases the rest.
    """
    texts = sum(_purge_texts(database, which, now - months * MONTH, now) for which, months in _text_months(pack))
    before = now - pack.number_months * MONTH
    numbers = _purge_numbers(database, before)
    _forget_the_day(database, now)
    old_texts = and_(Message.created_at < before, Message.text_sealed.is_not(None), Message.state.in_(FINISHED))
    messages = _in_slices(
        database,
        select(Message.id).where(old_texts),
        lambda ids: update(Message).where(Message.id.in_(ids), old_texts).values(text_sealed=None),
    )
    technical = sum(_delete(database, column, is_old) for column, is_old in _technical(now))
    return Purged(texts, numbers, messages, technical)


def _in_slices(database: Database, chosen: Select[Any], change: Callable[[Sequence[Any]], Update | Delete]) -> int:
    """Changes the rows whose keys are `chosen`, a few in each statement; returns how many.

    `change` must check its conditions again, because a row may have changed since it was chosen.
    """
    with database.read() as transaction:
        keys = transaction.scalars(chosen).all()
    changed = 0

    def begin(transaction: Transaction) -> Callable[[Sequence[Any]], None]:
        def change_some(some: Sequence[Any]) -> None:
            nonlocal changed
            done = transaction.execute(change(some).execution_options(synchronize_session=False))
            changed += cast("CursorResult[Any]", done).rowcount

        return change_some

    write_slices(database, [keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)], begin)
    return changed


def _delete(database: Database, key: Any, is_old: ColumnElement[bool]) -> int:
    return _in_slices(database, select(key).where(is_old), lambda keys: delete(key.class_).where(key.in_(keys), is_old))


def _purge_texts(database: Database, which: ColumnElement[bool], before: datetime, now: datetime) -> int:
    """Erases the words of old reports among these; returns how many reports. Corrections and notes go with them."""
    with database.read() as transaction:
        is_old = _older_than(transaction, before, now)
    old = and_(is_old, which)
    _delete(database, Correction.concern_id, exists().where(Concern.id == Correction.concern_id, old))
    _delete(database, ConcernNote.id, exists().where(Concern.id == ConcernNote.concern_id, old))
    worded = and_(old, or_(Concern.text_sealed.is_not(None), Concern.why_sealed.is_not(None)))
    return _in_slices(
        database,
        select(Concern.id).where(worded),
        lambda some: (
            update(Concern).where(Concern.id.in_(some), worded).values(text_sealed=None, why_sealed=None, subjects="")
        ),
    )


def _purge_numbers(database: Database, before: datetime) -> int:
    """Deletes the contacts that are of no more use; returns how many."""
    is_unused = _unused(before)
    with database.read() as transaction:
        ids = transaction.scalars(select(Contact.id).where(is_unused)).all()
    gone = 0

    def begin(transaction: Transaction) -> Callable[[int], None]:
        def forget(id: int) -> None:
            nonlocal gone
            # Chosen a moment ago: the person may have written since. A statement of PostgreSQL does not see what was
            # committed while it waited for the lock, so the contact is looked at after it.
            transaction.execute(select(Contact.id).where(Contact.id == id).with_for_update())
            if transaction.scalar(select(Contact.id).where(Contact.id == id, is_unused)) is None:
                return
            transaction.execute(update(Concern).where(Concern.contact_id == id).values(contact_id=None))
            transaction.execute(
                update(Message).where(Message.contact_id == id).values(contact_id=None, text_sealed=None)
            )
            transaction.execute(delete(Contact).where(Contact.id == id))
            gone += 1

        return forget

    write_slices(database, ids, begin)
    return gone


def _forget_the_day(database: Database, now: datetime) -> None:
    """For numbers that are kept only as a hash: clears how often they reported on a past day, and from where."""
    is_past = and_(
        Contact.msisdn_sealed.is_(None),
        or_(Contact.reports_on < now.date(), and_(Contact.reports_on.is_(None), Contact.usual_place.is_not(None))),
    )
    _in_slices(
        database,
        select(Contact.id).where(is_past),
        lambda ids: (
            update(Contact)
            .where(Contact.id.in_(ids), is_past)
            .values(reports_on=None, reports_that_day=0, usual_place=None)
        ),
    )


def _technical(now: datetime) -> Iterable[tuple[Any, ColumnElement[bool]]]:
    """The keys of the tables that only help the machinery, and which of their rows are old.

    The first row of `ErasedNumber` stays (`since_backup.BEGINNING`).
    """
    yield InboundEvent.key_hash, InboundEvent.received_at < now - TECHNICAL
    yield Receipt.id, Receipt.received_at < now - TECHNICAL
    yield ErasedNumber.id, and_(ErasedNumber.erased_at < now - ERASED_KEPT, ErasedNumber.msisdn_hash != b"")
    yield ErasureCode.contact_id, ErasureCode.sent_at < now - HOLDS_FOR
    yield PinInvitation.contact_id, PinInvitation.expires_at < now
    yield AccountInvitation.administrator_id, AccountInvitation.expires_at < now


def _older_than(transaction: Transaction, before: datetime, now: datetime) -> ColumnElement[bool]:
    """The condition that a report was received before `before`, and has a lower id than every report received since.

    So a report that was filed while the clock was years behind stays, because newer ids are around it.
    """
    since = select(func.min(Concern.id)).where(Concern.received_at >= before, Concern.received_at <= now)
    first_since = transaction.scalar(since)
    is_before = Concern.received_at < before
    return is_before if first_since is None else and_(is_before, Concern.id < first_since)


def _text_months(pack: Pack) -> Iterable[tuple[ColumnElement[bool], int]]:
    """The months for reports of each category, for those without one, and for those whose category left the pack."""
    yield Concern.category.is_(None), pack.text_months
    for category in pack.categories.values():
        yield Concern.category == category.id, category.text_months or pack.text_months
    yield Concern.category.not_in(tuple(pack.categories)), pack.text_months


def _unused(before: datetime) -> ColumnElement[bool]:
    """The condition that a contact has no open report, no report or SMS since `before`, and no role."""
    is_of_use = or_(Concern.received_at >= before, Concern.state != ConcernState.CLOSED)
    return and_(
        Contact.created_at < before,
        ~exists().where(Concern.contact_id == Contact.id, is_of_use),
        ~exists().where(Message.contact_id == Contact.id, Message.created_at >= before),
        ~exists().where(Secretary.contact_id == Contact.id),
        ~exists().where(DutyNumber.contact_id == Contact.id),
    )
