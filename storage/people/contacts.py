"""Contacts: phone numbers with their language and usual place. They are found by keyed hash, never by the number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from storage.insert_once import STATEMENT_ROWS, insert_many_once, insert_once
from storage.safety.vault import Vault
from storage.tables.people import Contact

MSISDN = "contacts.msisdn"
_OF_NUMBER = select(Contact).where(Contact.msisdn_hash.in_(bindparam("hashes", expanding=True)))
_OF_NUMBER_LOCKED = _OF_NUMBER.with_for_update(key_share=True)


def find_contact(transaction: Transaction, vault: Vault, msisdn: Msisdn, locks: bool = False) -> Contact | None:
    """The contact of a number; its hash may have been made with any of the secrets."""
    query = _OF_NUMBER_LOCKED if locks else _OF_NUMBER
    return transaction.scalars(query, {"hashes": vault.msisdn_hashes(msisdn)}).first()


def ensure_contact(
    transaction: Transaction, vault: Vault, msisdn: Msisdn, now: datetime, reachable: bool = True, locks: bool = False
) -> Contact:
    """The contact of a number, created if it is new. `reachable` also keeps the number itself, encrypted.

    With `locks` nobody else changes it until the transaction ends. For a number that is not kept, only the day of
    creation is stored, because the minute could identify its report.
    """
    contact = find_contact(transaction, vault, msisdn, locks)
    if contact is None:
        # If two events of one number come at once, only one of them inserts the contact.
        insert_once(
            transaction,
            Contact,
            msisdn_hash=vault.msisdn_hashes(msisdn)[0],
            created_at=now if reachable else now.replace(hour=0, minute=0, second=0, microsecond=0),
            msisdn_sealed=vault.seal(MSISDN, msisdn) if reachable else None,
            kept_for_draft=False,
            asked_answerable=False,
            reports_that_day=0,
            wants_news=False,
        )
        contact = find_contact(transaction, vault, msisdn, locks)
        if contact is None:
            raise RuntimeError("a contact that was there a moment ago is gone")
    if reachable:
        contact.msisdn_sealed = contact.msisdn_sealed or vault.seal(MSISDN, msisdn)
        contact.kept_for_draft = False
    transaction.flush()
    return contact


def sms_contact_row(vault: Vault, msisdn: Msisdn, now: datetime) -> dict[str, Any]:
    """The columns of the contact of a number whose first SMS is a report."""
    return {
        "msisdn_hash": vault.msisdn_hashes(msisdn)[0],
        "msisdn_sealed": vault.seal(MSISDN, msisdn),
        "language": None,
        "usual_place": None,
        "reports_that_day": 1,
        "wants_news": False,
        "created_at": now,
        "asked_answerable": False,
        "language_session_hash": None,
        "reports_on": now.date(),
        "kept_for_draft": False,
    }


def ensure_contacts(
    transaction: Transaction, vault: Vault, numbers: Collection[Msisdn], now: datetime
) -> dict[Msisdn, Contact]:
    """The reachable contacts of many numbers, as `ensure_contact`, with a few statements for all of them."""
    numbers_by_hash = {hashed: number for number in numbers for hashed in vault.msisdn_hashes(number)}
    contacts = _contacts_by_number(transaction, numbers_by_hash)
    new = [number for number in dict.fromkeys(numbers) if number not in contacts]
    insert_many_once(
        transaction,
        Contact,
        [
            {"msisdn_hash": vault.msisdn_hashes(number)[0], "created_at": now, "asked_answerable": False,
             "reports_that_day": 0, "wants_news": False}
            for number in new
        ],
    )  # fmt: skip
    newest_hashes = {vault.msisdn_hashes(number)[0]: number for number in new}
    contacts |= _contacts_by_number(transaction, newest_hashes)
    for number, contact in contacts.items():
        contact.msisdn_sealed = contact.msisdn_sealed or vault.seal(MSISDN, number)
        contact.kept_for_draft = False
    transaction.flush()
    return contacts


def _contacts_by_number(transaction: Transaction, numbers_by_hash: Mapping[bytes, Msisdn]) -> dict[Msisdn, Contact]:
    contacts: dict[Msisdn, Contact] = {}
    hashes = list(numbers_by_hash)
    for start in range(0, len(hashes), STATEMENT_ROWS):
        query = select(Contact).where(Contact.msisdn_hash.in_(hashes[start : start + STATEMENT_ROWS]))
        contacts |= {numbers_by_hash[contact.msisdn_hash]: contact for contact in transaction.scalars(query)}
    return contacts


def keep_for_draft(vault: Vault, contact: Contact, msisdn: Msisdn) -> None:
    """Keeps a number, encrypted, for the SMS about its draft, to which the caller agreed; `drop_draft` clears it."""
    if contact.msisdn_sealed is None:
        contact.msisdn_sealed, contact.kept_for_draft = vault.seal(MSISDN, msisdn), True


def msisdn_of(contact: Contact, vault: Vault) -> Msisdn | None:
    """The number of a contact; None if only its hash is kept. Raises `VaultError`."""
    return Msisdn(vault.open(MSISDN, contact.msisdn_sealed)) if contact.msisdn_sealed else None


def reports_on(contact: Contact, today: date) -> int:
    """How many reports of this number have been counted today."""
    return contact.reports_that_day if contact.reports_on == today else 0


def count_report(contact: Contact, today: date) -> int:
    """Counts one more report of this number; returns how many it made today."""
    contact.reports_that_day = reports_on(contact, today) + 1
    contact.reports_on = today
    return contact.reports_that_day
