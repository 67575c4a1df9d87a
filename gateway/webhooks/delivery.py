"""Delivery reports. They may come late, twice and out of order; a message's state never goes back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session as Transaction

from gateway.outbound.alerts import pursue
from gateway.providers.base import DeliveryReport, Provider
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.webhooks.answers import Answer, plain
from gateway.webhooks.bodies import WebhookRequest, form
from gateway.webhooks.hooks import webhook
from storage.enumerations import MessageState
from storage.messages.outbound import FINAL, comes_after
from storage.messages.receipts import (
    ReportedMessage,
    adopt_uncertain,
    find_reported,
    is_known,
    settle_by_number,
    settle_sent,
    take_receipt,
)
from storage.people.contacts import find_contact
from storage.tables.messages import Message, Receipt
from storage.tables.people import Contact

log = logging.getLogger(__name__)


@webhook("delivery")
def delivery(deployment: Deployment, provider: Provider, request: WebhookRequest) -> Answer:
    """Takes delivery reports. One about a message that we do not know is answered 200 and logged."""
    reports = provider.read_delivery(form(request, provider), deployment.pack.country)
    unsettled = []
    for report in reports:
        if message := _settled_at_once(deployment, report):
            _log(provider, message)
        else:
            unsettled.append(report)
    if unsettled:
        _settle(deployment, provider, unsettled)
    return plain("")


def _settled_at_once(deployment: Deployment, report: DeliveryReport) -> ReportedMessage | None:
    """Settles an SMS that was sent, or finds that its report changes nothing; returns None if there is more to do.

    It takes one statement or none at all: each answer to a citizen has two reports.
    """
    if report.message_id is None:
        return None
    with deployment.database.look() as connection:
        message = find_reported(connection, report.provider, report.message_id)
    if message is None or message.alert_id is not None:
        return None
    if not comes_after(report.state, message.state):
        return message
    if message.state is not MessageState.SENT or report.state not in FINAL:
        return None
    with deployment.database.write_prepared() as connection:
        moved = settle_sent(connection, message.id, report.state, report.reason, deployment.now())
    return replace(message, state=report.state) if moved else None


def _settle(deployment: Deployment, provider: Provider, reports: Sequence[DeliveryReport]) -> None:
    """Stores reports and settles their messages, in one transaction."""
    with deployment.database.write() as transaction:
        settled = [_take(deployment, transaction, report) for report in reports]
        transaction.flush()
        alerts = {message.alert_id for message in settled if message and message.alert_id}
        for alert in alerts:
            pursue(deployment, transaction, alert)
    for message in filter(None, settled):
        _log(provider, message)
    if alerts:
        deployment.wake_worker(urgent=True)
    if unknown := settled.count(None):
        log.info("webhook %s/delivery: %s reports are about no message that we know", provider.name, unknown)


def _log(provider: Provider, message: Message | ReportedMessage) -> None:
    state = message.state.value
    log_step(log, "delivery report", provider=provider.name, concern=message.concern_id, sms=message.id, state=state)


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
