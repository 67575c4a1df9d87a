"""A person's rights over their own data: erasure, and an export of all that is stored about them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import ANSWER, TEXT
from storage.data_protection.erasure import Erased, erase_person, held_about
from storage.messages.inbound_parts import drop_parts_of
from storage.messages.outbound import TEXT as MESSAGE_TEXT
from storage.people.contacts import msisdn_of
from storage.people.roles import roles_of
from storage.safety.audit import write_line
from storage.sessions.in_database import drop_sessions_of
from storage.tables.people import Contact


class HasRole(Exception):
    """A number that is needed for a role is not erased; the text says with which commands the role ends."""


def forget(deployment: Deployment, transaction: Transaction, contact: Contact, number: Msisdn) -> Erased:
    """Erases a person, with their open USSD sessions and the parts of long SMS that came so far.

    A role keeps the number: see `storage.data_protection.erasure.erase_person`.
    """
    erased = erase_person(transaction, contact, deployment.now())
    drop_sessions_of(transaction, deployment.vault, number)
    drop_parts_of(transaction, deployment.vault, number)
    event.listen(transaction, "after_commit", lambda _: deployment.sessions.forget(number), once=True)
    return erased


def refuse_for_role(deployment: Deployment, transaction: Transaction, contact: Contact) -> None:
    """Raises `HasRole` if the number has a role, which must be ended first."""
    if roles := roles_of(transaction, contact):
        country = deployment.pack.country_area.code
        first = [f"`gateway people remove-secretary {code} MSISDN`" for code in roles.committees]
        first += [f"`gateway duty remove{'' if area == country else f' --region {area}'}`" for area in roles.areas]
        raise HasRole(f"the number has a role that needs it; nothing was erased. First: {', '.join(first)}")


def held_rows(deployment: Deployment, transaction: Transaction, contact: Contact, actor: str) -> list[dict[str, Any]]:
    """Returns one row for the person, one for each report and one for each SMS to them; writes one line to the audit.

    Raises `VaultError` if a text cannot be decrypted.
    """
    vault = deployment.vault
    held = held_about(transaction, contact)

    def opened(column: str, sealed: bytes | None) -> str | None:
        return vault.open(column, sealed) if sealed else None

    person = {
        "kind": "person",
        "number": msisdn_of(contact, vault),
        "since": contact.created_at.isoformat(),
        "language": contact.language,
        "usual_place": contact.usual_place,
        "muted": contact.muted_at is not None,
        "wants_announcements": contact.wants_news,
    }
    reports = [
        {
            "kind": "report",
            "reference": concern.reference,
            "received_at": concern.received_at.isoformat(),
            "channel": concern.channel,
            "text": opened(TEXT, concern.text_sealed),
            "commune": concern.commune,
            "place": concern.place,
            "category": concern.category,
            "state": concern.state.value,
            "answer": opened(ANSWER, concern.answer_sealed),
        }
        for concern in held.concerns
    ]
    messages = [
        {
            "kind": "sms",
            "written_at": message.created_at.isoformat(),
            "state": message.state.value,
            "text": opened(MESSAGE_TEXT, message.text_sealed),
        }
        for message in held.messages
    ]
    rows: list[dict[str, Any]] = [person, *reports, *messages]
    write_line(transaction, deployment.now(), actor, "exported", rows=len(rows))
    return rows
