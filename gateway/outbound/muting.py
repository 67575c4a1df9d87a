"""STOP and START, whichever way they come: at once, and with a line of audit where alerts go to the number."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from gateway.runtime.deployment import Deployment
from storage.messages.outbound import mute_contact
from storage.people.roles import roles_of
from storage.safety.audit import write_line
from storage.tables.people import Contact


def stop(deployment: Deployment, transaction: Transaction, contact: Contact, channel: str) -> bool:
    """Nothing goes to this number any more but alerts; says whether it has a role, so that alerts do."""
    _change_menu(deployment, contact, channel, not contact.muted_at)
    mute_contact(transaction, contact, deployment.now())
    return _told(deployment, transaction, contact, "stopped", channel)


def start(deployment: Deployment, transaction: Transaction, contact: Contact, channel: str) -> None:
    """Lets everything go to this number again."""
    _change_menu(deployment, contact, channel, bool(contact.muted_at))
    contact.muted_at = None
    _told(deployment, transaction, contact, "started", channel)


def _change_menu(deployment: Deployment, contact: Contact, channel: str, turns: bool) -> None:
    """The settings menu shows the other choice; a USSD session knows by its own mark what it turned itself."""
    if turns and channel == "sms":
        contact.menu_changed_at = deployment.now()


def _told(deployment: Deployment, transaction: Transaction, contact: Contact, what: str, channel: str) -> bool:
    roles = roles_of(transaction, contact)
    if roles:
        actor = f"{'secretary' if roles.committees else 'duty'} {contact.id}"
        write_line(transaction, deployment.now(), actor, what, channel=channel)
    return bool(roles)
