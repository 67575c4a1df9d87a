"""The roles of a phone number: secretary of a committee, or duty number of an area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MessageState
from storage.people.secretary_pins import close_window, drop_pin
from storage.tables.alerts import DutyNumber
from storage.tables.committees import Secretary
from storage.tables.messages import Message
from storage.tables.people import Contact

ROLE_ENDED = "role_ended"
"""The reason of an SMS that was not sent because its recipient's role had ended."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The codes of the `committees` whose secretary the number is, and of the `areas` whose duty number it is."""

    committees: tuple[str, ...]
    areas: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.committees or self.areas)


def roles_of(transaction: Transaction, contact: Contact) -> Roles:
    """The roles of a contact."""
    committees = select(Secretary.committee).where(Secretary.contact_id == contact.id).order_by(Secretary.committee)
    areas = select(DutyNumber.area).where(DutyNumber.contact_id == contact.id).order_by(DutyNumber.area)
    return Roles(tuple(transaction.scalars(committees)), tuple(transaction.scalars(areas)))


def end_secretary(transaction: Transaction, committee: str, contact: Contact, now: datetime) -> bool:
    """Ends a secretary's role; returns whether they had it. The window for commands by SMS closes.

    With the last role the PIN is deleted. Their queued SMS for that committee are not sent; an alert goes to the next
    person.
    """
    secretary = select(Secretary).where(Secretary.committee == committee, Secretary.contact_id == contact.id)
    kept = transaction.scalars(secretary).first()
    if kept is None:
        return False
    transaction.delete(kept)
    contact.menu_changed_at = now
    transaction.flush()
    if roles_of(transaction, contact).committees:
        close_window(transaction, contact)
    else:
        drop_pin(transaction, contact)
    waiting = (Message.contact_id == contact.id, Message.committee == committee, Message.state == MessageState.QUEUED)
    own_news = Message.concern_id.is_not(None) & Message.alert_id.is_(None)
    transaction.execute(
        update(Message)
        .where(*waiting, ~own_news)
        .values(state=MessageState.FAILED, reason=ROLE_ENDED, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    transaction.expire_all()
    return True


def end_duty(transaction: Transaction, area: str) -> int | None:
    """Removes the duty number of an area; returns its contact id, or None if there was no duty number."""
    kept = transaction.get(DutyNumber, area)
    if kept is None:
        return None
    contact = kept.contact_id
    transaction.execute(delete(DutyNumber).where(DutyNumber.area == area))
    transaction.expire_all()
    return contact
