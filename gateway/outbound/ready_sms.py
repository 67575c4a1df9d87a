"""The messages of a claim that can be sent now, opened. The others of the claim are settled or wait."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import ProviderRouting
from gateway.outbound.send_results import PAUSES, perhaps_sent
from gateway.runtime.deployment import Deployment
from storage.committees.quiet_hours import may_go_at
from storage.enumerations import MessageState, Priority, Work
from storage.messages.outbound import FINAL, TEXT, advance_state
from storage.messages.outbox import Claim, finish_work, postpone_work
from storage.paced_writes import write_slices
from storage.people.contacts import msisdn_of
from storage.people.open_questions import OVERTAKEN, is_overtaken, may_ask
from storage.safety.vault import VaultError
from storage.tables.messages import Message
from storage.tables.people import Contact

READY = (MessageState.QUEUED, MessageState.UNCERTAIN)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadySms:
    """One SMS, decrypted and ready to be sent through `provider`."""

    id: int
    to: Msisdn
    text: str
    provider: str
    is_urgent: bool
    concern_id: int | None
    asks: int | None
    """The contact to whom it opens a question; None if it opens none."""


def ready_sms(deployment: Deployment, routing: ProviderRouting, claim: Claim) -> list[ReadySms]:
    """Returns the messages that can be sent, the most urgent first; the others are settled here."""
    with deployment.database.read() as transaction:
        rows = transaction.execute(
            select(Message, Contact)
            .outerjoin(Contact, Contact.id == Message.contact_id)
            .where(Message.id.in_(claim.subjects))
            .order_by(Message.priority, Message.id)
        ).all()
        sms_or_none = [_ready(deployment, transaction, routing, message, contact) for message, contact in rows]
    ready = [sms for sms in sms_or_none if sms]
    others = set(claim.subjects) - {sms.id for sms in ready}
    if others:
        write_slices(
            deployment.database,
            sorted(others),
            lambda transaction: lambda subject: settle_unsent(deployment, transaction, claim, subject),
        )
    return ready


def _ready(
    deployment: Deployment,
    transaction: Transaction,
    routing: ProviderRouting,
    message: Message,
    contact: Contact | None,
) -> ReadySms | None:
    """None for a message that is not sent now."""
    try:
        opened = _opened(deployment, message, contact)
    except VaultError:
        return None
    if opened is None or message.state not in READY:
        return None
    if is_overtaken(transaction, message) or _rests_for(deployment, transaction, message):
        return None
    failed_at = message.provider if message.state is MessageState.QUEUED else None
    provider = routing.choose(deployment, message.id, message.tries, failed_at)
    asks = message.contact_id if may_ask(message) else None
    return ReadySms(message.id, *opened, provider.name, message.priority == Priority.URGENT, message.concern_id, asks)


def _rests_for(deployment: Deployment, transaction: Transaction, message: Message) -> timedelta:
    """How long a message still waits for the end of the quiet hours; zero if it may go now.

    It was queued with its hour. A retry, a budget that was raised, or a worker that was down bring it here at night.
    """
    now = deployment.now()
    return may_go_at(transaction, deployment.pack, message, now) - now


def _opened(deployment: Deployment, message: Message, contact: Contact | None) -> tuple[Msisdn, str] | None:
    """Number and text; None if either was erased. Raises `VaultError`."""
    number = msisdn_of(contact, deployment.vault) if contact else None
    text = deployment.vault.open(TEXT, message.text_sealed) if message.text_sealed else None
    return (number, text) if number is not None and text is not None else None


def settle_unsent(deployment: Deployment, transaction: Transaction, claim: Claim, subject: int) -> None:
    """Settles a message that is not sent now.

    It is final, overtaken, erased or not readable, its sender died half-way, or it waits for the end of quiet hours.
    """
    now, message = deployment.now(), transaction.get(Message, subject)
    if message is None or message.state in FINAL or message.state is MessageState.SENT:
        finish_work(transaction, Work.SEND, claim, [subject])
        return
    if message.state is MessageState.SENDING:
        perhaps_sent(transaction, claim, message, now)
        return
    if is_overtaken(transaction, message):
        advance_state(message, MessageState.HELD, now, OVERTAKEN)
        message.text_sealed, message.price = None, 0
        finish_work(transaction, Work.SEND, claim, [subject])
        return
    try:
        contact = transaction.get(Contact, message.contact_id) if message.contact_id else None
        if _opened(deployment, message, contact) is None:
            advance_state(message, MessageState.FAILED, now, "erased")
            finish_work(transaction, Work.SEND, claim, [subject])
            return
        pause = _rests_for(deployment, transaction, message)
    except VaultError:
        log.error("message %s cannot be opened: SECRET_KEYS lacks the key it was sealed with", subject)
        pause = PAUSES[-1]
    postpone_work(transaction, Work.SEND, claim, subject, now, pause)
