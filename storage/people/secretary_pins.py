"""Secretaries' PINs: an argon2 hash, a lock after three wrong tries, and a time window for commands by SMS.

Functions that need a hash take `PinHashes` and may end their transaction with `HashNeeded`: call them under
`hash_outside`. The stored hash is read while the row is locked, so that each of two simultaneous tries is counted.

The sender of an SMS can be forged. Therefore a first PIN is chosen over USSD, or by SMS with an invitation; wrong PINs
by SMS have their own count and lock, which does not lock USSD; and only a PIN that came by SMS opens the window.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session as Transaction

from flows.sms.secretary import INVITATION_ALPHABET, INVITATION_LENGTH
from storage.people.password_hashes import PinHashes
from storage.safety.vault import Vault
from storage.tables.committees import Pin, PinInvitation
from storage.tables.people import Contact

MOST_TRIES = 3
LOCKED_FOR = timedelta(hours=1)
OPEN_FOR = timedelta(minutes=30)
INVITED_FOR = timedelta(days=7)
_INVITATION = "pin invitation"


class PinAnswer(StrEnum):
    """The result of a PIN that was typed over USSD or sent by SMS."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    CHOSEN = "chosen"
    NONE = "none"
    """There is no PIN yet, and it cannot be chosen in this way."""
    NOT_INVITED = "not_invited"
    """The invitation is unknown, used or too old."""


def has_pin(transaction: Transaction, contact: Contact) -> bool:
    """Whether this secretary has chosen a PIN."""
    return transaction.get(Pin, contact.id) is not None


def choose_pin(transaction: Transaction, contact: Contact, hashes: PinHashes, pin: str, now: datetime) -> PinAnswer:
    """Sets a first PIN over USSD. If there is one already, checks it: who finds the phone cannot choose a new one."""
    transaction.refresh(contact, with_for_update=True)  # if two first PINs come at once, the second sees the first
    if has_pin(transaction, contact):
        return check_pin(transaction, contact, hashes, pin, now)
    _set_pin(transaction, contact, hashes.new(pin), open_until=None)
    return PinAnswer.CHOSEN


def invite(transaction: Transaction, vault: Vault, contact: Contact, now: datetime) -> str:
    """Creates a code with which this person may choose a PIN by SMS, once, within a week. It replaces an older code."""
    code = _draw()
    transaction.execute(delete(PinInvitation).where(PinInvitation.contact_id == contact.id))
    hashed = vault.hash(_INVITATION, f"{contact.id}\0{code}")
    transaction.add(PinInvitation(contact_id=contact.id, code_hash=hashed, expires_at=now + INVITED_FOR))
    transaction.flush()
    half = INVITATION_LENGTH // 2
    return f"{code[:half]}-{code[half:]}".upper()


def choose_invited_pin(
    transaction: Transaction,
    vault: Vault,
    contact: Contact,
    hashes: PinHashes,
    invitation: str,
    pin: str,
    now: datetime,
) -> PinAnswer:
    """Sets a PIN by SMS with an invitation, also to replace a forgotten PIN; this opens the window."""
    kept = transaction.get(PinInvitation, contact.id, with_for_update=True)
    given = vault.hashes(_INVITATION, f"{contact.id}\0{invitation}")
    if (
        kept is None
        or kept.expires_at <= now
        or not any(hmac.compare_digest(kept.code_hash, hashed) for hashed in given)
    ):
        return PinAnswer.NOT_INVITED
    _set_pin(transaction, contact, hashes.new(pin), open_until=now + OPEN_FOR)
    return PinAnswer.CHOSEN


def change_pin_by_sms(
    transaction: Transaction, contact: Contact, hashes: PinHashes, old: str, new: str, now: datetime
) -> PinAnswer:
    """Changes the PIN by SMS if the old one is right; a wrong old PIN counts as a wrong try."""
    answer = check_pin_by_sms(transaction, contact, hashes, old, now)
    if answer is PinAnswer.RIGHT:
        transaction.get_one(Pin, contact.id).pin_hash = hashes.new(new)
        return PinAnswer.CHOSEN
    return answer


def check_pin(transaction: Transaction, contact: Contact, hashes: PinHashes, pin: str, now: datetime) -> PinAnswer:
    """Checks a PIN typed over USSD. The third wrong one locks USSD for an hour. It does not open the window for SMS."""
    kept = transaction.get(Pin, contact.id, with_for_update=True)
    if kept is None:
        return PinAnswer.WRONG
    if kept.locked_until and kept.locked_until > now:
        return PinAnswer.LOCKED
    if hashes.is_right(kept.pin_hash, pin):
        kept.failed_tries, kept.locked_until = 0, None
        return PinAnswer.RIGHT
    kept.failed_tries += 1
    if kept.failed_tries >= MOST_TRIES:
        kept.failed_tries, kept.locked_until, kept.open_until = 0, now + LOCKED_FOR, None
        return PinAnswer.LOCKED
    return PinAnswer.WRONG


def check_pin_by_sms(
    transaction: Transaction, contact: Contact, hashes: PinHashes, pin: str, now: datetime
) -> PinAnswer:
    """Checks a PIN sent by SMS. A right one opens the window; the third wrong one closes it, locks SMS for an hour."""
    kept = transaction.get(Pin, contact.id, with_for_update=True)
    if kept is None:
        return PinAnswer.NONE
    if kept.sms_locked_until and kept.sms_locked_until > now:
        return PinAnswer.LOCKED
    if hashes.is_right(kept.pin_hash, pin):
        kept.sms_failed_tries, kept.sms_locked_until, kept.open_until = 0, None, now + OPEN_FOR
        return PinAnswer.RIGHT
    kept.sms_failed_tries += 1
    if kept.sms_failed_tries >= MOST_TRIES:
        kept.sms_failed_tries, kept.sms_locked_until, kept.open_until = 0, now + LOCKED_FOR, None
        return PinAnswer.LOCKED
    return PinAnswer.WRONG


def may_act(transaction: Transaction, contact: Contact, now: datetime) -> bool:
    """Whether this phone may act by SMS now, because its PIN came by SMS less than half an hour ago."""
    kept = transaction.get(Pin, contact.id)
    return bool(kept and kept.open_until and kept.open_until > now)


def close_window(transaction: Transaction, contact: Contact) -> None:
    """Closes the window in which the phone may act by SMS."""
    if kept := transaction.get(Pin, contact.id):
        kept.open_until = None


def drop_pin(transaction: Transaction, contact: Contact) -> None:
    """Deletes a contact's PIN and invitation."""
    transaction.execute(delete(Pin).where(Pin.contact_id == contact.id))
    transaction.execute(delete(PinInvitation).where(PinInvitation.contact_id == contact.id))


def _set_pin(transaction: Transaction, contact: Contact, pin_hash: str, open_until: datetime | None) -> None:
    """Sets a PIN without failed tries, and deletes any invitation."""
    drop_pin(transaction, contact)
    transaction.expire_all()
    transaction.add(Pin(contact_id=contact.id, pin_hash=pin_hash, failed_tries=0, open_until=open_until))
    transaction.flush()


def _draw() -> str:
    """A random code with letters and digits, so that it is neither a word nor two PINs."""
    while True:
        code = "".join(secrets.choice(INVITATION_ALPHABET) for _ in range(INVITATION_LENGTH))
        if any(map(str.isdigit, code)) and any(map(str.isalpha, code)):
            return code
