"""Secretaries' PINs: an argon2 hash, a lock after three wrong tries, and a window in which a phone may act by SMS."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from storage.committee_models import Pin
from storage.models import Contact

MOST_TRIES = 3
LOCKED_FOR = timedelta(hours=1)
OPEN_FOR = timedelta(minutes=30)
# A PIN has few digits: what keeps it is the lock. The hash is a light one, since a hop waits for it.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PinAnswer(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    CHOSEN = "chosen"


def has_pin(session: Session, contact: Contact) -> bool:
    return session.get(Pin, contact.id) is not None


def choose_pin(session: Session, contact: Contact, pin: str, now: datetime) -> PinAnswer:
    """A first PIN; where there is one already it is checked, so that nobody who finds the phone can set another."""
    if has_pin(session, contact):
        return check_pin(session, contact, pin, now)
    session.add(Pin(contact_id=contact.id, pin_hash=_hasher.hash(pin), failed_tries=0, open_until=now + OPEN_FOR))
    session.flush()
    return PinAnswer.CHOSEN


def change_pin(session: Session, contact: Contact, old: str, new: str, now: datetime) -> PinAnswer:
    answer = check_pin(session, contact, old, now)
    if answer is PinAnswer.RIGHT:
        session.get_one(Pin, contact.id).pin_hash = _hasher.hash(new)
        return PinAnswer.CHOSEN
    return answer


def check_pin(session: Session, contact: Contact, pin: str, now: datetime) -> PinAnswer:
    """The third wrong try locks for an hour; a right one opens the window."""
    kept = session.get(Pin, contact.id, with_for_update=True)
    if kept is None:
        return PinAnswer.WRONG
    if kept.locked_until and kept.locked_until > now:
        return PinAnswer.LOCKED
    if _verify(kept.pin_hash, pin):
        kept.failed_tries, kept.locked_until, kept.open_until = 0, None, now + OPEN_FOR
        return PinAnswer.RIGHT
    kept.failed_tries += 1
    if kept.failed_tries >= MOST_TRIES:
        kept.failed_tries, kept.locked_until, kept.open_until = 0, now + LOCKED_FOR, None
        return PinAnswer.LOCKED
    return PinAnswer.WRONG


def may_act(session: Session, contact: Contact, now: datetime) -> bool:
    """Whether this phone showed its PIN within the window."""
    kept = session.get(Pin, contact.id)
    return bool(kept and kept.open_until and kept.open_until > now)


def _verify(kept: str, pin: str) -> bool:
    try:
        return _hasher.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False
