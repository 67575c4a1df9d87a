"""STOP and START by any channel. They take effect at once; for a number with a role they are written to the audit."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from gateway.runtime.deployment import Deployment
from storage.messages.outbound import mute_contact
from storage.people.roles import roles_of
from storage.safety.audit import write_line
from storage.tables.people import Contact


def stop(deployment: Deployment, transaction: Transaction, contact: Contact, channel: str) -> bool:
    """Stops all SMS to this number except alerts; returns whether it has a role, for which alerts still come."""
    _change_menu(deployment, contact, channel, not contact.muted_at)
    mute_contact(transaction, contact, deployment.now())
    return _told(deployment, transaction, contact, "stopped", channel)


def start(deployment: Deployment, transaction: Transaction, contact: Contact, channel: str) -> None:
    """Allows all SMS to this number again."""
    _change_menu(deployment, contact, channel, bool(contact.muted_at))
    contact.muted_at = None
    _told(deployment, transaction, contact, "started", channel)


def _change_menu(deployment: Deployment, contact: Contact, channel: str, turns: bool) -> None:
    """Notes a change by SMS, after which the settings menu differs. A USSD session marks its own changes."""
    if turns and channel == "sms":
        contact.menu_changed_at = deployment.now()


def _told(deployment: Deployment, transaction: Transaction, contact: Contact, what: str, channel: str) -> bool:
    roles = roles_of(transaction, contact)
    if roles:
        actor = f"{'secretary' if roles.committees else 'duty'} {contact.id}"
        write_line(transaction, deployment.now(), actor, what, channel=channel)
    return bool(roles)
