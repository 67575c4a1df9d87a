"""Counts wrong references in the database, by phone number and hour, and for all numbers.

A report with a number can be followed from that number only. A report without a number can be followed by its reference
from any phone, so somebody could find old references (of one group) by trying.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.insert_once import insert_once
from storage.safety.vault import Vault
from storage.tables.public import WrongReference

HOUR = timedelta(hours=1)
KEPT = timedelta(days=1)
MOST = 5
"""The most wrong references of one number within an hour that are answered."""
RISE = 50
"""Above this many wrong references of all numbers within an hour, somebody seems to try them; people mistype few."""
MOST_IN_A_RISE = 2
SLOWED = timedelta(minutes=10)
"""How long the SMS answer to a wrong reference is delayed while `are_rising`."""
NUMBER, MARK = "wrong reference number", "wrong reference"


def is_silenced(transaction: Transaction, vault: Vault, msisdn: Msisdn, now: datetime) -> bool:
    """Whether this number has tried too many wrong references within the hour."""
    return _count_of(transaction, vault, msisdn, now) > _most(transaction, now)


def note_wrong(transaction: Transaction, vault: Vault, msisdn: Msisdn, typed: str, now: datetime) -> bool:
    """Counts a wrong reference, the same one once in an hour; returns whether the number is now silenced.

    A silenced number is not counted any more, so that nobody can fill the table.
    """
    if is_silenced(transaction, vault, msisdn, now):
        return True
    mark = vault.hash(MARK, "\0".join((msisdn, typed.strip().upper(), f"{now:%Y-%m-%dT%H}")))
    number = vault.hash(NUMBER, msisdn)
    insert_once(transaction, WrongReference, mark_hash=mark, number_hash=number, at=now)
    return is_silenced(transaction, vault, msisdn, now)


def count_wrong(transaction: Transaction, now: datetime) -> int:
    """Wrong references of all numbers within the last hour."""
    return transaction.scalar(select(func.count()).where(WrongReference.at > now - HOUR)) or 0


def are_rising(transaction: Transaction, now: datetime) -> bool:
    """Whether there are so many wrong references that somebody seems to try them."""
    return count_wrong(transaction, now) > RISE


def drop_old_wrong(transaction: Transaction, now: datetime) -> None:
    """Deletes wrong references that are older than a day."""
    transaction.execute(delete(WrongReference).where(WrongReference.at < now - KEPT))


def _count_of(transaction: Transaction, vault: Vault, msisdn: Msisdn, now: datetime) -> int:
    numbers = vault.hashes(NUMBER, msisdn)
    query = select(func.count()).where(WrongReference.number_hash.in_(numbers), WrongReference.at > now - HOUR)
    return transaction.scalar(query) or 0


def _most(transaction: Transaction, now: datetime) -> int:
    return MOST_IN_A_RISE if are_rising(transaction, now) else MOST
