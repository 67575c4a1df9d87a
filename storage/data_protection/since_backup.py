"""What happened since a backup was made: who was erased and which SMS went. A restore applies it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Transaction

from storage.data_protection.erasure import ERASED_KEPT, erase_person
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
"""How long it is known that an SMS went: an older one is of no use to anybody, and is not sent by a restore either."""
BEGINNING = b""
"""The hash in the first row of `erased_numbers`: from its moment on every erasure stands there."""
BATCH = 500
Thing = TypeVar("Thing")
UNSETTLED = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN)
LEFT = (MessageState.SENDING, MessageState.UNCERTAIN, MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED)
LATER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Erased:
    msisdn_hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """A number that wanted no more SMS."""

    msisdn_hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """An SMS that has left the queue; `reference` is of the report that it is about, `to` its number's keyed hash."""

    key: str
    state: MessageState
    created_at: datetime
    changed_at: datetime
    parts: int
    price: int
    currency: str
    is_urgent: bool
    reference: str | None
    to: bytes | None


@dataclass(frozen=True, slots=True)
class Past:
    """Complete since `begins_at`."""

    begins_at: datetime
    erased: Sequence[Erased] = field(default=())
    left: Sequence[Left] = field(default=())
    stopped: Sequence[Stopped] = field(default=())


@dataclass(frozen=True, slots=True)
class Moment:
    """When a backup was made, and marks that every later state of the same database has."""

    made_at: datetime
    audit: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    erased: int
    settled: int


def moment_of(transaction: Transaction, now: datetime) -> Moment:
    mark = transaction.scalars(select(AuditLine.mark).order_by(AuditLine.id.desc()).limit(1)).first()
    reference = transaction.scalars(select(Concern.reference).order_by(Concern.id.desc()).limit(1)).first()
    return Moment(now, mark.hex() if mark else None, reference)


def continues(transaction: Transaction, moment: Moment) -> bool:
    """Whether this database is a later state of the one that the backup was made of."""
    if moment.audit:
        mark = bytes.fromhex(moment.audit)
        if transaction.scalars(select(AuditLine.id).where(AuditLine.mark == mark)).first() is None:
            return False
    if moment.reference:
        return transaction.scalars(select(Concern.id).where(Concern.reference == moment.reference)).first() is not None
    return True


def read_past(transaction: Transaction, now: datetime, since: datetime | None = None) -> Past | None:
    """What this database knows of it, all or what changed `since`; None where an older release has written it."""
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
    """Erases again who was erased, and takes for sent what was sent."""
    settled = _settle(transaction, past.left, now)
    _stop(transaction, past.stopped)
    transaction.flush()
    erased = 0
    for contact, at in list(_erased_contacts(transaction, vault, _unknown_here(transaction, past.erased))):
        erase_person(transaction, contact, at)
        erased += 1
    return Applied(erased, settled)


def hold_queued(transaction: Transaction, now: datetime) -> int:
    """Nobody knows what went since: a person decides about each (`gateway messages again`)."""
    ids = transaction.scalars(select(Message.id).where(Message.state.in_(UNSETTLED))).all()
    for some in _batches(ids):
        values = {"state": MessageState.HELD, "reason": RESTORED, "changed_at": now}
        transaction.execute(update(Message).where(Message.id.in_(some)).values(values))
    transaction.execute(delete(OutboxRow).where(OutboxRow.work == Work.SEND))
    return len(ids)


def _stop(transaction: Transaction, stopped: Sequence[Stopped]) -> None:
    for one in stopped:
        transaction.execute(
            update(Contact)
            .where(Contact.msisdn_hash == one.msisdn_hash, Contact.muted_at.is_(None), Contact.created_at <= one.at)
            .values(muted_at=one.at)
        )


def _unknown_here(transaction: Transaction, erased: Sequence[Erased]) -> list[Erased]:
    """Without those that were before the copy: whoever kept a role has gone on reporting under the same id."""
    known = {Erased(*row) for row in transaction.execute(select(ErasedNumber.msisdn_hash, ErasedNumber.erased_at))}
    return [one for one in erased if one not in known]


def _erased_contacts(
    transaction: Transaction, vault: Vault, erased: Iterable[Erased]
) -> Iterator[tuple[Contact, datetime]]:
    """Who is known here and was erased later, and when.

    A number's hash can be of an older key: the number itself tells then.
    """
    last: dict[bytes, datetime] = {}
    for one in erased:
        last[one.msisdn_hash] = max(one.at, last.get(one.msisdn_hash, one.at))
    for contact in transaction.scalars(select(Contact).order_by(Contact.id)) if last else ():
        try:
            number = msisdn_of(contact, vault)
        except VaultError:
            number = None
        hashes = [contact.msisdn_hash, *(vault.msisdn_hashes(number) if number else ())]
        at = max((last[hashe] for hashe in hashes if hashe in last), default=None)
        if at and at >= contact.created_at:
            yield contact, at


def _settle(transaction: Transaction, left: Sequence[Left], now: datetime) -> int:
    settled = 0
    newest = {one.key: one for one in sorted(left, key=lambda one: one.changed_at)}
    for some in _batches(list(newest.values())):
        kept = {
            row.key: row
            for row in transaction.scalars(select(Message).where(Message.key.in_([one.key for one in some])))
        }
        for one in some:
            if (message := kept.get(one.key)) is None:
                settled += _remember(transaction, one)
            elif message.created_at == one.created_at and message.state in UNSETTLED:
                _move_on(transaction, message, one, now)
                settled += 1
    return settled


def _move_on(transaction: Transaction, message: Message, left: Left, now: datetime) -> None:
    work = (OutboxRow.work == Work.SEND, OutboxRow.subject_id == message.id)
    message.changed_at = left.changed_at
    if left.state in UNSETTLED:
        # It was being sent at the end: it waits for its receipt as any that was perhaps sent.
        message.state = MessageState.UNCERTAIN
        transaction.execute(update(OutboxRow).where(*work).values(due_at=now + LATER, set_at=now, claim=None))
        return
    message.state = left.state
    transaction.execute(delete(OutboxRow).where(*work))
    if message.alert_id and left.state is MessageState.DELIVERED:
        alert = transaction.get_one(Alert, message.alert_id)
        alert.confirmed_at = alert.confirmed_at or left.changed_at


def _remember(transaction: Transaction, left: Left) -> int:
    """An SMS that the backup does not know yet: its key is taken, so that whatever causes it again sends it to nobody.

    Not an alert: ids of alerts begin again where the backup ends, and one too many is better than one too few.
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
