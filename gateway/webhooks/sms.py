"""Inbound SMS, and notices that a person wants no more SMS."""

from __future__ import annotations

from datetime import timedelta

from gateway.providers.base import BadRequest, Provider
from gateway.runtime.deployment import Deployment
from gateway.sms.inbound import take_opt_out, take_sms
from gateway.webhooks.answers import Answer, plain
from gateway.webhooks.bodies import WebhookRequest, form
from gateway.webhooks.hooks import webhook

REPLAYED_AFTER = timedelta(days=80)
"""Ids of SMS are kept for 90 days, so a younger SMS that is repeated is known. An older one would be filed again."""


@webhook("sms")
def sms(deployment: Deployment, provider: Provider, request: WebhookRequest) -> Answer:
    """Takes the SMS of one request. Raises `BadRequest` if one is too old to be recognised as a repetition."""
    read = provider.read_sms(form(request, provider), deployment.pack.country)
    if any(reading.sent_at and reading.sent_at < deployment.now() - REPLAYED_AFTER for reading in read):
        raise BadRequest(f"the message is older than {REPLAYED_AFTER.days} days")
    for reading in read:
        take_sms(deployment, reading)
    return plain("")


@webhook("opt-out")
def opt_out(deployment: Deployment, provider: Provider, request: WebhookRequest) -> Answer:
    """Takes the provider's notice that somebody wants no more SMS."""
    take_opt_out(deployment, provider.read_opt_out(form(request, provider), deployment.pack.country))
    return plain("")
