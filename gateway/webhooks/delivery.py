"""Delivery reports. They may come late, twice and out of order; a message's state never goes back."""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session as Transaction

from gateway.outbound.alerts import pursue
from gateway.providers.base import DeliveryReport, Provider
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.webhooks.answers import Answer, plain
from gateway.webhooks.bodies import WebhookRequest, form
from gateway.webhooks.hooks import webhook
from storage.messages.outbound import adopt_uncertain, is_known, settle_by_number, take_receipt
from storage.people.contacts import find_contact
from storage.tables.messages import Message, Receipt
from storage.tables.people import Contact

log = logging.getLogger(__name__)


@webhook("delivery")
def delivery(deployment: Deployment, provider: Provider, request: WebhookRequest) -> Answer:
    """Takes delivery reports. One about a message that we do not know is answered 200 and logged."""
    reports = provider.read_delivery(form(request, provider), deployment.pack.country)
    with deployment.database.write() as transaction:
        settled = [_take(deployment, transaction, report) for report in reports]
        transaction.flush()
        alerts = {message.alert_id for message in settled if message and message.alert_id}
        for alert in alerts:
            pursue(deployment, transaction, alert)
    for message in filter(None, settled):
        log_step(
            log, "delivery report", provider=provider.name, concern=message.concern_id, sms=message.id,
            state=message.state.value,
        )  # fmt: skip
    if alerts:
        deployment.wake_worker(urgent=True)
    if unknown := settled.count(None):
        log.info("webhook %s/delivery: %s reports are about no message that we know", provider.name, unknown)
    return plain("")


def _take(deployment: Deployment, transaction: Transaction, report: DeliveryReport) -> Message | None:
    """Stores a report and settles its message, found by id, else by number; returns the message, if there is one."""
    if report.message_id is None:
        contact = _contact(deployment, transaction, report)
        if contact is None:
            return None
        return settle_by_number(transaction, contact, report.provider, report.state, report.reason, deployment.now())
    receipt = Receipt(
        provider=report.provider,
        provider_message_id=report.message_id,
        state=report.state,
        reason=report.reason,
        received_at=deployment.now(),
    )
    message = take_receipt(transaction, receipt)
    if message is None and not is_known(transaction, report.provider, report.message_id):
        contact = _contact(deployment, transaction, report)
        message = adopt_uncertain(transaction, contact, receipt) if contact else None
    return message


def _contact(deployment: Deployment, transaction: Transaction, report: DeliveryReport) -> Contact | None:
    return find_contact(transaction, deployment.vault, report.msisdn) if report.msisdn else None
