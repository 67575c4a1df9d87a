"""Counts wrong references by number and hour, and over all numbers, in the database.

A report with a number opens for that number alone. One without a number opens by its reference from any phone: the
old references of one group could be found by trying.
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
"""Wrong references of one number within an hour that are answered."""
RISE = 50
"""Wrong references of all numbers within an hour: people mistype a few. An administrator sees the number."""
MOST_IN_A_RISE = 2
SLOWED = timedelta(minutes=10)
"""How long a wrong reference waits for its answer by SMS while they rise."""
NUMBER, MARK = "wrong reference number", "wrong reference"


def is_silenced(transaction: Transaction, vault: Vault, msisdn: Msisdn, now: datetime) -> bool:
    """Whether this number has tried too many wrong references within the hour."""
    return _count_of(transaction, vault, msisdn, now) > _most(transaction, now)


def note_wrong(transaction: Transaction, vault: Vault, msisdn: Msisdn, typed: str, now: datetime) -> bool:
    """Counts a wrong reference, the same one once within the hour, and says whether the number is silenced by now.

    A number that is silenced is counted no further: nobody fills the table.
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
    """Whether so many references are wrong that somebody seems to try them."""
    return count_wrong(transaction, now) > RISE


def drop_old_wrong(transaction: Transaction, now: datetime) -> None:
    """Forgets wrong references that are older than a day."""
    transaction.execute(delete(WrongReference).where(WrongReference.at < now - KEPT))


def _count_of(transaction: Transaction, vault: Vault, msisdn: Msisdn, now: datetime) -> int:
    numbers = vault.hashes(NUMBER, msisdn)
    query = select(func.count()).where(WrongReference.number_hash.in_(numbers), WrongReference.at > now - HOUR)
    return transaction.scalar(query) or 0


def _most(transaction: Transaction, now: datetime) -> int:
    return MOST_IN_A_RISE if are_rising(transaction, now) else MOST
