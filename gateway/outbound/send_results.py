"""What the result of an attempt means for a message, and for its work in the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session as Transaction

from gateway.outbound.alerts import pursue
from gateway.providers.base import NotSent, PerhapsSent, Sent
from gateway.runtime.deployment import Deployment
from storage.enumerations import MessageState, Work
from storage.messages.outbound import FINAL, advance_state
from storage.messages.outbox import Claim, finish_work, postpone_work
from storage.messages.provider_health import record_attempt
from storage.messages.receipts import early_receipts
from storage.tables.messages import Message

PAUSES = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200))
"""The pauses before further tries of a message that was certainly not taken; after the last try it has failed."""
RECEIPT_WITHIN = timedelta(minutes=10)
"""How long a message that was perhaps taken waits for its delivery report before it is sent again, with a mark."""

Result = Sent | NotSent | PerhapsSent
"""The provider's answer about one message."""


def settle(deployment: Deployment, transaction: Transaction, claim: Claim, subject: int, result: Result) -> None:
    """Stores what the provider answered. Raises `ClaimLost` if the work is no longer ours."""
    # Locked: the delivery report of an earlier attempt may have settled the message, or be about to.
    message, now = transaction.get_one(Message, subject, with_for_update=True), deployment.now()
    match result:
        case Sent():
            _sent(transaction, claim, message, result, now)
        case NotSent():
            _not_sent(transaction, claim, message, result, now)
        case PerhapsSent():
            perhaps_sent(transaction, claim, message, now)
            return
    if message.alert_id and message.state is not MessageState.SENT:
        # An alert that was refused, or whose report of failure came first, goes to the next person at once.
        transaction.flush()
        pursue(deployment, transaction, message.alert_id)


def perhaps_sent(transaction: Transaction, claim: Claim, message: Message, now: datetime) -> None:
    """Records that nobody knows whether the provider took a message. Raises `ClaimLost` if the work is no longer ours.

    The message waits for its delivery report. When this happens a second time, the message has failed.
    """
    record_attempt(transaction, str(message.provider), "unknown", now)
    if message.perhaps_twice or message.state in FINAL:
        advance_state(message, MessageState.FAILED, now, "no answer from the provider, twice")
        finish_work(transaction, Work.SEND, claim, [message.id])
        return
    message.state, message.reason, message.changed_at = MessageState.UNCERTAIN, "no answer from the provider", now
    postpone_work(transaction, Work.SEND, claim, message.id, now, RECEIPT_WITHIN)


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
