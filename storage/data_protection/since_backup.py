"""Finds the erasures, STOPs and sent SMS since a backup was made, and applies them to a restored database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Transaction

from storage.data_protection.erasure import ERASED_KEPT, erase_person
from storage.data_protection.past import Erased, Left, Moment, Past, Stopped
from storage.enumerations import MessageState, Priority, Work
from storage.messages.listing import RESTORED
from storage.people.contacts import msisdn_of
from storage.safety.vault import Vault, VaultError
from storage.tables.alerts import Alert
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern, ErasedNumber
from storage.tables.messages import Message, OutboxRow
from storage.tables.people import Contact

SENT_KEPT = timedelta(days=90)
"""How long sent SMS are recorded here."""
BEGINNING = b""
"""The hash in the first row of `erased_numbers`. The time of that row says since when erasures are recorded."""
BATCH = 500
Thing = TypeVar("Thing")
UNSETTLED = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN)
LEFT = (MessageState.SENDING, MessageState.UNCERTAIN, MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED)
LATER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Applied:
    """How many people were erased again, and how many SMS were settled."""

    erased: int
    settled: int


def moment_of(transaction: Transaction, now: datetime) -> Moment:
    """The `Moment` of a backup of this database that is made now."""
    mark = transaction.scalars(select(AuditLine.mark).order_by(AuditLine.id.desc()).limit(1)).first()
    reference = transaction.scalars(select(Concern.reference).order_by(Concern.id.desc()).limit(1)).first()
    return Moment(now, mark.hex() if mark else None, reference)


def continues(transaction: Transaction, moment: Moment) -> bool:
    """Whether this database is a later state of the database of the backup."""
    if moment.audit:
        mark = bytes.fromhex(moment.audit)
        if transaction.scalars(select(AuditLine.id).where(AuditLine.mark == mark)).first() is None:
            return False
    if moment.reference:
        return transaction.scalars(select(Concern.id).where(Concern.reference == moment.reference)).first() is not None
    return True


def read_past(transaction: Transaction, now: datetime, since: datetime | None = None) -> Past | None:
    """The recorded events, all or those `since` a time; None if an older release wrote the database."""
    begins_at = transaction.scalar(select(ErasedNumber.erased_at).where(ErasedNumber.msisdn_hash == BEGINNING))
    if begins_at is None:
        return None
    erased = select(ErasedNumber.msisdn_hash, ErasedNumber.erased_at).where(
        ErasedNumber.msisdn_hash != BEGINNING, ErasedNumber.erased_at >= (since or now - ERASED_KEPT)
    )
    stopped = select(Contact.msisdn_hash, Contact.muted_at).where(Contact.muted_at >= (since or now - ERASED_KEPT))
    left = (
        select(
            Message.key, Message.state, Message.created_at, Message.changed_at, Message.parts, Message.price,
            Message.currency, Message.priority == Priority.URGENT, Concern.reference, Contact.msisdn_hash,
        )
        .outerjoin(Concern, Concern.id == Message.concern_id)
        .outerjoin(Contact, Contact.id == Message.contact_id)
        .where(Message.changed_at >= (since or now - SENT_KEPT), Message.state.in_(LEFT))
        .order_by(Message.changed_at)
    )  # fmt: skip
    return Past(
        begins_at,
        [Erased(*row) for row in transaction.execute(erased)],
        [Left(*tuple(row)) for row in transaction.execute(left)],
        [Stopped(hash, at) for hash, at in transaction.execute(stopped) if at],
    )


def apply_past(transaction: Transaction, vault: Vault, past: Past, now: datetime) -> Applied:
    """Repeats the erasures and the STOPs of `past`, and marks its SMS as sent."""
    settled = _settle(transaction, past.left, now)
    _stop(transaction, past.stopped)
    transaction.flush()
    erased = 0
    for contact, at in list(_erased_contacts(transaction, vault, _unknown_here(transaction, past.erased))):
        erase_person(transaction, contact, at)
        erased += 1
    return Applied(erased, settled)


def hold_queued(transaction: Transaction, now: datetime) -> int:
    """Holds every unsettled SMS, because it is unknown which were sent since; returns how many.

    A person decides about each (`gateway messages again`).
    """
    ids = transaction.scalars(select(Message.id).where(Message.state.in_(UNSETTLED))).all()
    for some in _batches(ids):
        values = {"state": MessageState.HELD, "reason": RESTORED, "changed_at": now}
        transaction.execute(update(Message).where(Message.id.in_(some)).values(values))
    transaction.execute(delete(OutboxRow).where(OutboxRow.work == Work.SEND))
    return len(ids)


def _stop(transaction: Transaction, stopped: Sequence[Stopped]) -> None:
    for stop in stopped:
        transaction.execute(
            update(Contact)
            .where(Contact.msisdn_hash == stop.msisdn_hash, Contact.muted_at.is_(None), Contact.created_at <= stop.at)
            .values(muted_at=stop.at)
        )


def _unknown_here(transaction: Transaction, erased: Sequence[Erased]) -> list[Erased]:
    """The erasures that this database does not record yet. Older ones must not be repeated: a person with a role keeps
    the same contact, and may have reported again since."""
    known = {Erased(*row) for row in transaction.execute(select(ErasedNumber.msisdn_hash, ErasedNumber.erased_at))}
    return [erasure for erasure in erased if erasure not in known]


def _erased_contacts(
    transaction: Transaction, vault: Vault, erased: Iterable[Erased]
) -> Iterator[tuple[Contact, datetime]]:
    """The contacts of this database that were erased later, each with the time.

    A contact's stored hash can be of another key than the recorded one, so the number itself is hashed too.
    """
    last: dict[bytes, datetime] = {}
    for erasure in erased:
        last[erasure.msisdn_hash] = max(erasure.at, last.get(erasure.msisdn_hash, erasure.at))
    for contact in transaction.scalars(select(Contact).order_by(Contact.id)) if last else ():
        try:
            number = msisdn_of(contact, vault)
        except VaultError:
            number = None
        hashes = [contact.msisdn_hash, *(vault.msisdn_hashes(number) if number else ())]
        at = max((last[hashed] for hashed in hashes if hashed in last), default=None)
        if at and at >= contact.created_at:
            yield contact, at


def _settle(transaction: Transaction, left: Sequence[Left], now: datetime) -> int:
    settled = 0
    newest = {sms.key: sms for sms in sorted(left, key=lambda sms: sms.changed_at)}
    for some in _batches(list(newest.values())):
        kept = {
            row.key: row
            for row in transaction.scalars(select(Message).where(Message.key.in_([sms.key for sms in some])))
        }
        for sms in some:
            if (message := kept.get(sms.key)) is None:
                settled += _remember(transaction, sms)
            elif message.created_at == sms.created_at and message.state in UNSETTLED:
                _move_on(transaction, message, sms, now)
                settled += 1
    return settled


def _move_on(transaction: Transaction, message: Message, left: Left, now: datetime) -> None:
    work = (OutboxRow.work == Work.SEND, OutboxRow.subject_id == message.id)
    message.changed_at = left.changed_at
    if left.state in UNSETTLED:
        # The record ends while it was being sent: it waits for its receipt, as every uncertain SMS.
        message.state = MessageState.UNCERTAIN
        transaction.execute(update(OutboxRow).where(*work).values(due_at=now + LATER, set_at=now, claim=None))
        return
    message.state = left.state
    transaction.execute(delete(OutboxRow).where(*work))
    if message.alert_id and left.state is MessageState.DELIVERED:
        alert = transaction.get_one(Alert, message.alert_id)
        alert.confirmed_at = alert.confirmed_at or left.changed_at


def _remember(transaction: Transaction, left: Left) -> int:
    """Keeps the key of an SMS that the backup does not know, so that the same SMS is not sent a second time.

    Alerts are left out: their ids start again where the backup ends, and one alert too many is better than none.
    """
    if left.is_urgent or (left.to is None and not left.reference):
        return 0
    contact = select(Contact.id).where(Contact.msisdn_hash == left.to)
    concern = select(Concern.id).where(Concern.reference == left.reference)
    contact_id = transaction.scalar(contact) if left.to else None
    concern_id = transaction.scalar(concern) if left.reference else None
    if (left.to and contact_id is None) or (left.reference and concern_id is None):
        return 0
    transaction.add(
        Message(
            key=left.key, contact_id=contact_id, concern_id=concern_id, parts=left.parts, price=left.price,
            currency=left.currency, created_at=left.created_at, changed_at=left.changed_at,
            state=MessageState.UNCERTAIN if left.state in UNSETTLED else left.state,
        )
    )  # fmt: skip
    return 1


def _batches(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    return (things[at : at + BATCH] for at in range(0, len(things), BATCH))
