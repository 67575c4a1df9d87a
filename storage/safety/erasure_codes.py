"""Codes that confirm an erasure by SMS. The code is sent to the number, so somebody who forges the sender does not see
it."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Transaction

from storage.safety.vault import Vault
from storage.tables.concerns import ErasureCode
from storage.tables.people import Contact

HOLDS_FOR = timedelta(hours=1)
"""How long a code is valid; in that time no other code is sent to the number."""
MOST_TRIES = 3
DIGITS = 6
_PURPOSE = "erasure code"


def new_code(transaction: Transaction, vault: Vault, contact: Contact, now: datetime) -> str | None:
    """A new code to send to this number; None if one was sent within the last hour."""
    kept = transaction.get(ErasureCode, contact.id, with_for_update=True)
    if kept and kept.sent_at > now - HOLDS_FOR:
        return None
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    hashed = vault.hash(_PURPOSE, _value(contact, code))
    if kept:
        kept.code_hash, kept.sent_at, kept.failed_tries = hashed, now, 0
    else:
        transaction.add(ErasureCode(contact_id=contact.id, code_hash=hashed, sent_at=now, failed_tries=0))
    transaction.flush()
    return code


def is_confirmed(transaction: Transaction, vault: Vault, contact: Contact, code: str, now: datetime) -> bool:
    """Whether this code was sent within the last hour. It is accepted once, and not after three wrong tries."""
    kept = transaction.get(ErasureCode, contact.id, with_for_update=True)
    if kept is None or kept.sent_at <= now - HOLDS_FOR or kept.failed_tries >= MOST_TRIES:
        return False
    given = vault.hashes(_PURPOSE, _value(contact, code))
    if any(hmac.compare_digest(kept.code_hash, hashed) for hashed in given):
        kept.failed_tries = MOST_TRIES
        return True
    kept.failed_tries += 1
    return False


def drop_code(transaction: Transaction, contact: Contact) -> None:
    """Deletes a code that could not be sent."""
    transaction.execute(delete(ErasureCode).where(ErasureCode.contact_id == contact.id))


def _value(contact: Contact, code: str) -> str:
    return f"{contact.id}\0{code}"
