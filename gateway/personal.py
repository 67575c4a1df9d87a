"""What is held about one person, opened, for the one who asks for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session as Transaction

from gateway.deployment import Deployment
from storage.audit import write_line
from storage.concerns import ANSWER, TEXT
from storage.contacts import msisdn_of
from storage.erasure import erase_person, held_about
from storage.messages import TEXT as MESSAGE_TEXT
from storage.models import Contact


def forget(deployment: Deployment, open_: Transaction, contact: Contact, actor: str) -> int:
    """Forgets a person as somebody asked for it; says how many reports stay, with nobody behind them."""
    reports = erase_person(open_, contact)
    write_line(open_, deployment.now(), actor, "erased", reports=reports)
    return reports


def held_rows(deployment: Deployment, open_: Transaction, contact: Contact, actor: str) -> list[dict[str, Any]]:
    """One row for the person, each report and each SMS to them."""
    vault = deployment.vault
    held = held_about(open_, contact)

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
            "reference": one.reference,
            "received_at": one.received_at.isoformat(),
            "channel": one.channel,
            "text": opened(TEXT, one.text_sealed),
            "commune": one.commune,
            "place": one.place,
            "category": one.category,
            "state": one.state.value,
            "answer": opened(ANSWER, one.answer_sealed),
        }
        for one in held.concerns
    ]
    messages = [
        {
            "kind": "sms",
            "written_at": one.created_at.isoformat(),
            "state": one.state.value,
            "text": opened(MESSAGE_TEXT, one.text_sealed),
        }
        for one in held.messages
    ]
    rows: list[dict[str, Any]] = [person, *reports, *messages]
    write_line(open_, deployment.now(), actor, "exported", rows=len(rows))
    return rows
