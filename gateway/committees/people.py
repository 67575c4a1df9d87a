"""Adds, helps and removes people who may act; each act is a line of audit."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.outbound.alerts import hand_over_to
from gateway.runtime.deployment import Deployment
from storage.committees import committees
from storage.enumerations import Role
from storage.people import administrators
from storage.people.contacts import ensure_contact, find_contact
from storage.people.roles import end_duty, end_secretary
from storage.people.secretary_pins import invite
from storage.safety.audit import write_line
from storage.tables.committees import Committee
from storage.tables.people import Administrator


@dataclass(frozen=True, slots=True)
class AddedSecretary:
    """`is_new` is false when they were it already. `invitation` is the code for a PIN by SMS, shown once."""

    is_new: bool
    invitation: str = field(repr=False)


def add_secretary(
    deployment: Deployment, transaction: Transaction, committee: Committee, number: Msisdn, actor: str
) -> AddedSecretary:
    """Makes the holder of a number a committee's secretary, and invites them to choose a PIN."""
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
    deployment: Deployment, transaction: Transaction, committee: Committee, number: Msisdn, actor: str
) -> None:
    """Ends the role at once: the phone may do nothing more for it. Raises `LookupError` when they have it not."""
    contact = find_contact(transaction, deployment.vault, number)
    if contact is None or not end_secretary(transaction, committee.code, contact, deployment.now()):
        raise LookupError(f"that number is no secretary of {committee.name}")
    write_line(
        transaction, deployment.now(), actor, "secretary_removed", committee=committee.code, secretary=contact.id
    )  # fmt: skip


def remove_duty(deployment: Deployment, transaction: Transaction, area: str, actor: str) -> None:
    """Nobody is called for this area any more. Raises `LookupError` when nobody was."""
    contact = end_duty(transaction, area)
    if contact is None:
        raise LookupError(f"no duty number is set for {deployment.pack.areas[area].name}")
    write_line(transaction, deployment.now(), actor, "duty_removed", area=area, contact=contact)


def add_administrator(
    deployment: Deployment, transaction: Transaction, email: str, password_hash: str, role: Role, area: str, actor: str
) -> Administrator:
    """Raises `ValueError` when the address is taken or malformed."""
    now = deployment.now()
    added = administrators.add_administrator(transaction, email, password_hash, role, area, now)
    write_line(transaction, now, actor, "administrator_added", account=added.email, role=role.value, area=area)
    return added


def reset_codes(deployment: Deployment, transaction: Transaction, email: str, actor: str) -> Administrator:
    """Asks no code of them any more, until they set it up anew. Raises `LookupError` when nobody has that address."""
    administrator = transaction.scalars(
        select(Administrator).where(Administrator.email == email.strip().lower())
    ).first()
    if administrator is None:
        raise LookupError("nobody has that address")
    administrator.totp_sealed = administrator.totp_used = None
    administrators.end_sessions(administrator)
    write_line(transaction, deployment.now(), actor, "codes_reset", account=administrator.email)
    return administrator
