"""The addressees of letters to local services, by service and area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from storage.safety.vault import Vault
from storage.tables.service_contacts import ServiceContact

PHONE = "service_contacts.phone"


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """An office as a letter names it; `phone` may be empty."""

    addressee: str
    address: str
    phone: str


def address_of(contact: ServiceContact, vault: Vault) -> ServiceAddress:
    """A contact as an address, with its phone number decrypted."""
    return ServiceAddress(contact.addressee, contact.address, vault.readable(PHONE, contact.phone_sealed))


def contact_for(transaction: Transaction, pack: Pack, service: str, area: str) -> ServiceContact | None:
    """The contact of a service for an area: the area's own, else the contact of the nearest area above."""
    areas = [area, *(above.code for above in pack.ancestors(area))]
    query = select(ServiceContact).where(ServiceContact.service == service, ServiceContact.area.in_(areas))
    known = {contact.area: contact for contact in transaction.scalars(query)}
    return next((known[code] for code in areas if code in known), None)


def contacts_of(transaction: Transaction, area: str) -> Sequence[ServiceContact]:
    """The contacts of this area itself, without those of the areas above."""
    return transaction.scalars(select(ServiceContact).where(ServiceContact.area == area)).all()


def set_contact(transaction: Transaction, vault: Vault, service: str, area: str, to: ServiceAddress) -> bool:
    """Sets a service's contact for an area, or removes it if `to` has no addressee; returns whether it changed."""
    query = select(ServiceContact).where(ServiceContact.service == service, ServiceContact.area == area)
    contact = transaction.scalars(query.with_for_update()).first()
    if not to.addressee:
        if contact is not None:
            transaction.delete(contact)
        return contact is not None
    if contact is not None and address_of(contact, vault) == to:
        return False
    if contact is None:
        contact = ServiceContact(service=service, area=area)
        transaction.add(contact)
    contact.addressee, contact.address = to.addressee, to.address
    contact.phone_sealed = vault.seal(PHONE, to.phone) if to.phone else None
    transaction.flush()
    return True
