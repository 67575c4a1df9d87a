"""Keeps alerts: which committees must still get one, which alerts are open, and the duty numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import AlertKind, AlertStage, ConcernState
from storage.insert_once import insert_once
from storage.tables.alerts import Alert, AlertedConcern, DutyNumber
from storage.tables.base import UtcDateTime
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

FOLLOWED_FOR = timedelta(days=7)
"""How long an undelivered alert is followed up. A new committee is told of open emergencies of the same time."""
LATE_KINDS = (AlertKind.LATE, AlertKind.MAY_BE_URGENT)
"""The alerts that say that nobody took a concern up."""
EMERGENCY = "emergency"
"""The value of `about` if an alert is about the emergency itself."""
SINGLY, WITHIN = 3, timedelta(hours=1)
"""How many emergencies of one number have an alert each within a time; further ones are joined in one alert."""


def owe_alert(
    transaction: Transaction, concern: Concern, now: datetime, about: str = EMERGENCY
) -> tuple[AlertedConcern, bool]:
    """Records that the concern's committee must get an alert; returns the record and whether it is new.

    `about` has another value if only a duty number is alerted.
    """
    key = {"concern_id": concern.id, "committee": concern.committee or "", "about": about}
    new = insert_once(transaction, AlertedConcern, **key, created_at=now)
    return transaction.scalars(select(AlertedConcern).filter_by(**key)).one(), new


def open_alert(
    transaction: Transaction,
    owed: Sequence[AlertedConcern],
    kind: AlertKind,
    before: tuple[str | None, str],
    now: datetime,
) -> Alert:
    """Opens one alert for these records; `before` is its committee (or None) and the area of its duty number."""
    alert = Alert(committee=before[0], area=before[1], kind=kind, stage=AlertStage.COMMITTEE, created_at=now)
    transaction.add(alert)
    transaction.flush()
    for row in owed:
        row.alert_id = alert.id
    transaction.flush()
    return alert


def count_single_alerts(transaction: Transaction, contact_id: int, since: datetime) -> int:
    """How many emergencies of one person have had an alert of their own since `since`."""
    query = (
        select(func.count(func.distinct(AlertedConcern.concern_id)))
        .join(Concern, Concern.id == AlertedConcern.concern_id)
        .join(Alert, Alert.id == AlertedConcern.alert_id)
        .where(Concern.contact_id == contact_id, Alert.kind == AlertKind.SINGLE, Alert.created_at > since)
    )
    return transaction.scalar(query) or 0


def waiting_to_be_joined(transaction: Transaction) -> Sequence[tuple[AlertedConcern, Concern]]:
    """Locks and returns the records without an alert, which wait for others of the same number, oldest first."""
    rows = transaction.execute(
        select(AlertedConcern, Concern)
        .join(Concern, Concern.id == AlertedConcern.concern_id)
        .where(AlertedConcern.alert_id.is_(None))
        .order_by(AlertedConcern.id)
        .with_for_update(of=AlertedConcern)
    ).all()
    return [(owed, concern) for owed, concern in rows]


def some_are_open(transaction: Transaction, now: datetime) -> bool:
    """Whether a record waits to be joined with others, or an alert has not reached a phone yet."""
    waiting = select(AlertedConcern.id).where(AlertedConcern.alert_id.is_(None)).limit(1)
    return transaction.scalars(waiting).first() is not None or bool(open_alerts(transaction, now, 1))


def last_joined_at(transaction: Transaction, contact_id: int | None, committee: str) -> datetime | None:
    """When a person's emergencies (None: those without a number) last had a joined alert to this committee."""
    query = (
        select(func.max(Alert.created_at, type_=UtcDateTime()))
        .join(AlertedConcern, AlertedConcern.alert_id == Alert.id)
        .join(Concern, Concern.id == AlertedConcern.concern_id)
        .where(Alert.kind == AlertKind.JOINED, AlertedConcern.committee == committee)
        .where(Concern.contact_id == contact_id)
    )
    return transaction.scalar(query)


def open_alerts(transaction: Transaction, now: datetime, most: int = 500) -> Sequence[Alert]:
    """Up to `most` alerts that have not reached a phone yet, oldest first."""
    return transaction.scalars(
        select(Alert)
        .where(Alert.confirmed_at.is_(None), Alert.created_at > now - FOLLOWED_FOR)
        .order_by(Alert.id)
        .limit(most)
    ).all()


def concerns_of(transaction: Transaction, alert: Alert) -> Sequence[Concern]:
    """The concerns that an alert is about, oldest first."""
    return transaction.scalars(
        select(Concern)
        .join(AlertedConcern, AlertedConcern.concern_id == Concern.id)
        .where(AlertedConcern.alert_id == alert.id)
        .order_by(Concern.id)
    ).all()


def messages_of(transaction: Transaction, alert: Alert) -> Sequence[Message]:
    """The SMS of an alert, oldest first."""
    return transaction.scalars(select(Message).where(Message.alert_id == alert.id).order_by(Message.id)).all()


def alerts_of(transaction: Transaction, concern: Concern) -> Sequence[Alert]:
    """The alerts about a concern, oldest first."""
    return transaction.scalars(
        select(Alert)
        .join(AlertedConcern, AlertedConcern.alert_id == Alert.id)
        .where(AlertedConcern.concern_id == concern.id)
        .order_by(Alert.id)
    ).all()


def is_undelivered_late(alert: Alert) -> bool:
    """Whether an alert says that nobody took a concern up, and no duty number received it."""
    return alert.kind in LATE_KINDS and alert.undelivered_at is not None and alert.confirmed_at is None


def late_and_undelivered(transaction: Transaction, concerns: Sequence[int]) -> set[int]:
    """Of these concerns, the ids of those with such an alert."""
    if not concerns:
        return set()
    query = (
        select(AlertedConcern.concern_id)
        .join(Alert, Alert.id == AlertedConcern.alert_id)
        .where(
            AlertedConcern.concern_id.in_(concerns),
            Alert.kind.in_(LATE_KINDS),
            Alert.undelivered_at.is_not(None),
            Alert.confirmed_at.is_(None),
        )
    )
    return set(transaction.scalars(query))


def open_emergencies(transaction: Transaction, committee: str, since: datetime) -> Sequence[Concern]:
    """The emergencies of a committee that were received since `since`, were read by triage and are not closed."""
    return transaction.scalars(
        select(Concern)
        .where(
            Concern.committee == committee,
            Concern.urgency_rank == 0,
            Concern.urgency.is_not(None),
            Concern.state != ConcernState.CLOSED,
            Concern.duplicate_of.is_(None),
            Concern.received_at > since,
        )
        .order_by(Concern.id)
    ).all()


def count_undelivered(transaction: Transaction) -> int:
    """The number of alerts that reached no phone, after every stage was tried."""
    query = select(func.count()).where(Alert.confirmed_at.is_(None), Alert.undelivered_at.is_not(None))
    return transaction.scalar(query) or 0


def undelivered_among(transaction: Transaction, concerns: Sequence[int]) -> set[int]:
    """Those of these concerns that have an alert that reached nobody."""
    query = (
        select(AlertedConcern.concern_id)
        .join(Alert, Alert.id == AlertedConcern.alert_id)
        .where(AlertedConcern.concern_id.in_(concerns))
        .where(Alert.confirmed_at.is_(None), Alert.undelivered_at.is_not(None))
    )
    return set(transaction.scalars(query))


def set_duty(transaction: Transaction, area: str, contact: Contact, now: datetime) -> None:
    """Makes a person's number the duty number of an area; it replaces the one before."""
    kept = transaction.get(DutyNumber, area)
    if kept is None:
        transaction.add(DutyNumber(area=area, contact_id=contact.id, set_at=now))
    else:
        kept.contact_id, kept.set_at = contact.id, now
    transaction.flush()


def duty_contacts(transaction: Transaction, area: str | None = None) -> Sequence[Contact]:
    """The contacts of the duty number of an area, or of all areas if None."""
    query = select(Contact).join(DutyNumber, DutyNumber.contact_id == Contact.id).order_by(Contact.id)
    return transaction.scalars(query if area is None else query.where(DutyNumber.area == area)).unique().all()


def duty_numbers(transaction: Transaction) -> Sequence[DutyNumber]:
    """All duty numbers, ordered by area."""
    return transaction.scalars(select(DutyNumber).order_by(DutyNumber.area)).all()


def locked_alert(transaction: Transaction, id: int) -> Alert | None:
    """Locks an alert until the transaction ends. If two jobs follow it at once, the second sees what the first did."""
    held = select(Alert).where(Alert.id == id).with_for_update().execution_options(populate_existing=True)
    return transaction.scalars(held).first()
