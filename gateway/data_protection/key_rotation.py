"""A change of keys while the gateway runs: SECRET_KEYS gets a new secret in front, and all seals are made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from gateway.runtime.deployment import Deployment
from storage.data_protection.sealed_columns import BATCH, SEALED, next_seals, seal_anew
from storage.people.contacts import MSISDN
from storage.safety.vault import VaultError
from storage.tables.people import Contact


@dataclass(frozen=True, slots=True)
class Rotated:
    """The result for one column: how many values were sealed anew, and how many no key opens."""

    column: str
    sealed: int
    unreadable: int


def rotate_keys(deployment: Deployment) -> Iterator[Rotated]:
    """Seals every value with the newest key, in small transactions. If it is interrupted, a second call goes on."""
    for sealed_column in SEALED:
        sealed = unreadable = 0
        after: list[Any] = []
        while True:
            with deployment.database.write() as transaction:
                rows = next_seals(transaction, sealed_column, after)
                done, lost = seal_anew(transaction, deployment.vault, sealed_column, rows)
            sealed, unreadable = sealed + done, unreadable + lost
            if len(rows) < BATCH:
                break
            after = [rows[-1][0]]
        yield Rotated(f"{sealed_column.table.name}.{sealed_column.column.name}", sealed, unreadable)
    yield Rotated("contacts.msisdn_hash", _hash_anew(deployment), 0)


def _hash_anew(deployment: Deployment) -> int:
    """Hashes every known number with the newest key; returns how many. Numbers kept as a hash alone stay."""
    done, last = 0, 0
    while True:
        with deployment.database.write() as transaction:
            known = select(Contact.id, Contact.msisdn_hash, Contact.msisdn_sealed).where(
                Contact.id > last, Contact.msisdn_sealed.is_not(None)
            )
            rows = transaction.execute(known.order_by(Contact.id).limit(BATCH)).all()
            for id, kept, sealed in rows:
                last = id
                try:
                    number = deployment.vault.open(MSISDN, sealed or b"")
                except VaultError:
                    continue
                if (newest := deployment.vault.hash("msisdn", number)) != kept:
                    transaction.execute(update(Contact).where(Contact.id == id).values(msisdn_hash=newest))
                    done += 1
        if len(rows) < BATCH:
            return done
