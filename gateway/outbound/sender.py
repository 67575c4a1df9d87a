"""Sends what waits, one message at a time: marked before, settled after, never silently twice."""

from __future__ import annotations

import logging
import secrets
import time
from datetime import datetime, timedelta

from sqlalchemy.orm import Session as Transaction

from flows.msisdn import Msisdn
from gateway.outbound.alerts import pursue
from gateway.outbound.provider_routing import ProviderRouting
from gateway.providers.base import NotSent, PerhapsSent, Provider, Sent
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.runtime.metrics import PROVIDER_SECONDS
from storage.enumerations import MessageState, Priority, Work
from storage.messages.attempts import begin_attempt
from storage.messages.outbound import FINAL, TEXT, advance_state, early_receipts
from storage.messages.outbox import Claim, finish_work, postpone_work
from storage.messages.provider_health import record_attempt
from storage.people.contacts import msisdn_of
from storage.safety.vault import VaultError
from storage.tables.messages import Message
from storage.tables.people import Contact

BATCH = 1
"""Messages of one claim: sending one can take 12 s at worst, and a claim lasts 30."""
PAUSES = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200))
"""Before each further try of a message that was surely not taken; after the last it has failed."""
RECEIPT_WITHIN = timedelta(minutes=10)
"""How long a message that was perhaps taken waits for its receipt before it is sent again, and marked so."""

log = logging.getLogger(__name__)


def send_batch(deployment: Deployment, routing: ProviderRouting, claim: Claim) -> None:
    for subject in claim.subjects:
        _send(deployment, routing, claim, subject)


def _send(deployment: Deployment, routing: ProviderRouting, claim: Claim, subject: int) -> None:
    with deployment.database.write() as transaction:
        now = deployment.now()
        message = transaction.get(Message, subject)
        if message is None or message.state in FINAL or message.state is MessageState.SENT:
            finish_work(transaction, Work.SEND, claim, [subject])
            return
        if message.state is MessageState.SENDING:
            # Whoever had it died between asking the provider and writing down what it said.
            _perhaps(transaction, claim, message, now)
            return
        if message.state is MessageState.UNCERTAIN:
            message.perhaps_twice = True
        contact = transaction.get(Contact, message.contact_id) if message.contact_id else None
        try:
            number = msisdn_of(contact, deployment.vault) if contact else None
            text = deployment.vault.open(TEXT, message.text_sealed) if message.text_sealed else None
        except VaultError:
            log.error("message %s cannot be opened: SECRET_KEYS lacks the key it was sealed with", subject)
            postpone_work(transaction, Work.SEND, claim, subject, now, PAUSES[-1])
            return
        if number is None or text is None:
            advance_state(message, MessageState.FAILED, now, "erased")
            finish_work(transaction, Work.SEND, claim, [subject])
            return
        failed_at = message.provider if message.state is MessageState.QUEUED else None
        provider = routing.choose(deployment, subject, message.tries, failed_at)
        # One that no other attempt has, in this database or in one restored or made anew behind the same provider.
        own_id = secrets.token_hex(16)
        begin_attempt(transaction, message, provider.name, own_id if provider.gives_own_ids else None)
        message.state, message.changed_at = MessageState.SENDING, now
        message.tries += 1
        urgent, concern_id = message.priority == Priority.URGENT, message.concern_id
    routing.wait_for_turn(deployment, provider, urgent)
    try:
        sent = _hand_over(provider, number, text, own_id, subject, concern_id)
    except NotSent as refusal:
        with deployment.database.write() as transaction:
            refused = _held(transaction, subject)
            _not_sent(transaction, claim, refused, refusal, deployment.now())
            _pursue(deployment, transaction, refused)
    except PerhapsSent:
        with deployment.database.write() as transaction:
            _perhaps(transaction, claim, _held(transaction, subject), deployment.now())
    else:
        with deployment.database.write() as transaction:
            taken = _held(transaction, subject)
            _sent(transaction, claim, taken, sent, deployment.now())
            _pursue(deployment, transaction, taken)


def _hand_over(
    provider: Provider, number: Msisdn, text: str, own_id: str, subject: int, concern_id: int | None
) -> Sent:
    """Gives an SMS to its provider; counts and logs how it answered. Raises `NotSent`, `PerhapsSent`."""
    begun_at, outcome = time.perf_counter(), "unknown"
    try:
        sent = provider.send(number, text, own_id)
        outcome = "taken"
        return sent
    except NotSent:
        outcome = "refused"
        raise
    finally:
        PROVIDER_SECONDS.labels(provider.name, outcome).observe(time.perf_counter() - begun_at)
        log_step(log, "sms handed over", provider=provider.name, concern=concern_id, sms=subject, state=outcome)


def _held(transaction: Transaction, subject: int) -> Message:
    """The message, held: the receipt of an earlier attempt may have settled it meanwhile, or be about to."""
    return transaction.get_one(Message, subject, with_for_update=True)


def _pursue(deployment: Deployment, transaction: Transaction, message: Message) -> None:
    """An alert that was refused, or whose receipt of failure was here before, goes to the next person at once."""
    if message.alert_id and message.state is not MessageState.SENT:
        transaction.flush()
        pursue(deployment, transaction, message.alert_id)


def _sent(transaction: Transaction, claim: Claim, message: Message, sent: Sent, now: datetime) -> None:
    record_attempt(transaction, str(message.provider), "taken", now)
    message.provider_message_id = sent.message_id or None
    advance_state(message, MessageState.SENT, now)
    # A price in another currency cannot be added to a budget: the estimate stays.
    if sent.price and sent.price.currency == message.currency:
        message.price = sent.price.amount
    for receipt in early_receipts(transaction, message):
        advance_state(message, receipt.state, now, receipt.reason)
    finish_work(transaction, Work.SEND, claim, [message.id])


def _not_sent(transaction: Transaction, claim: Claim, message: Message, refusal: NotSent, now: datetime) -> None:
    record_attempt(transaction, str(message.provider), "refused" if refusal.again else "taken", now)
    if refusal.again and message.tries <= len(PAUSES) and message.state not in FINAL:
        message.state, message.reason, message.changed_at = MessageState.QUEUED, refusal.reason, now
        postpone_work(transaction, Work.SEND, claim, message.id, now, PAUSES[message.tries - 1])
        return
    advance_state(message, MessageState.FAILED, now, refusal.reason)
    finish_work(transaction, Work.SEND, claim, [message.id])


def _perhaps(transaction: Transaction, claim: Claim, message: Message, now: datetime) -> None:
    record_attempt(transaction, str(message.provider), "unknown", now)
    if message.perhaps_twice or message.state in FINAL:
        advance_state(message, MessageState.FAILED, now, "no answer from the provider, twice")
        finish_work(transaction, Work.SEND, claim, [message.id])
        return
    message.state, message.reason, message.changed_at = (
        MessageState.UNCERTAIN,
        "no answer from the provider",
        now,
    )
    postpone_work(transaction, Work.SEND, claim, message.id, now, RECEIPT_WITHIN)
