"""Delivery reports: late, twice and out of order; a message's state never goes back."""

from __future__ import annotations

from flask import Response

from gateway.deployment import Deployment
from gateway.providers.base import Provider
from gateway.webhooks.door import form, plain, webhook
from gateway.webhooks.hooks import hooks
from storage.contacts import find_contact
from storage.message_models import Receipt
from storage.messages import adopt_uncertain, is_known, take_receipt


@webhook(hooks, "delivery")
def delivery(deployment: Deployment, provider: Provider) -> Response:
    report = provider.read_delivery(form(), deployment.pack.country)
    receipt = Receipt(
        provider=report.provider,
        provider_message_id=report.message_id,
        state=report.state,
        reason=report.reason,
        received_at=deployment.now(),
    )
    with deployment.database.write() as open_:
        take_receipt(open_, receipt)
        if report.msisdn and not is_known(open_, report.provider, report.message_id):
            contact = find_contact(open_, deployment.vault, report.msisdn)
            if contact:
                adopt_uncertain(open_, contact, receipt)
    return plain("")
