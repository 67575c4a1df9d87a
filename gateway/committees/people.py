"""Adds and removes secretaries, and removes duty numbers. Each act writes one line to the audit."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import event
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.committees.accounts import disable
from gateway.outbound.alerts import hand_over_to
from gateway.runtime.deployment import Deployment
from storage.committees import committees
from storage.people.administrators import accounts_of_phone
from storage.people.contacts import ensure_contact, msisdn_of
from storage.people.roles import end_duty, end_secretary
from storage.people.secretary_pins import invite
from storage.refusals import AccountRefused, Why
from storage.safety.audit import write_line
from storage.sessions.in_database import drop_sessions_of
from storage.tables.committees import Committee
from storage.tables.people import Contact


@dataclass(frozen=True, slots=True)
class AddedSecretary:
    """`is_new` is false if the person was secretary already. `invitation` is the code for a PIN by SMS, shown once."""

    is_new: bool
    invitation: str = field(repr=False)


def add_secretary(
    deployment: Deployment, transaction: Transaction, committee: Committee, number: Msisdn, actor: str
) -> AddedSecretary:
    """Makes the holder of a number a secretary of a committee, and creates an invitation to choose a PIN."""
    now = deployment.now()
    contact = ensure_contact(transaction, deployment.vault, number, now)
    is_first = not committees.secretaries_of(transaction, committee.code)
    is_new = committees.add_secretary(transaction, committee, contact, now)
    transaction.flush()
    if is_first:
        hand_over_to(deployment, transaction, committee.code)
    write_line(transaction, now, actor, "secretary_added", committee=committee.code, secretary=contact.id, new=is_new)
    return AddedSecretary(is_new, invite(transaction, deployment.vault, contact, now))


def remove_secretary(
    deployment: Deployment, transaction: Transaction, committee: Committee, contact: Contact | None, actor: str
) -> None:
    """Ends the role of a secretary at once. Raises `AccountRefused` if the contact does not have it.

    The open USSD session, the half hour of access by SMS and the account of the web queue end with it.
    """
    now = deployment.now()
    if contact is None or not end_secretary(transaction, committee.code, contact, now):
        raise AccountRefused(Why.SECRETARY_UNKNOWN, committee=committee.name)
    if number := msisdn_of(contact, deployment.vault):
        ended = number
        event.listen(transaction, "after_commit", lambda _: deployment.sessions.forget(ended), once=True)
        drop_sessions_of(transaction, deployment.vault, number)
    write_line(transaction, now, actor, "secretary_removed", committee=committee.code, secretary=contact.id)
    for account in accounts_of_phone(transaction, contact.id, committee.area):
        disable(deployment, transaction, account, actor)


def replace_secretary(
    deployment: Deployment, transaction: Transaction, committee: Committee, old: Contact, new: Msisdn, actor: str
) -> AddedSecretary:
    """Replaces a secretary's phone by another. Raises `AccountRefused`.

    If the committee has no other secretary, the new one is told of its open emergencies.
    """
    remove_secretary(deployment, transaction, committee, old, actor)
    return add_secretary(deployment, transaction, committee, new, actor)


def remove_duty(deployment: Deployment, transaction: Transaction, area: str, actor: str) -> None:
    """Removes the duty number of an area. Raises `LookupError` if none is set."""
    contact = end_duty(transaction, area)
    if contact is None:
        raise LookupError(f"no duty number is set for {deployment.pack.areas[area].name}")
    write_line(transaction, deployment.now(), actor, "duty_removed", area=area, contact=contact)
