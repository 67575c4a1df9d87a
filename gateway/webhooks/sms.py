"""SMS in, and the notice that someone wants nothing more."""

from __future__ import annotations

from flask import Response

from gateway.deployment import Deployment
from gateway.incoming import take_opt_out, take_sms
from gateway.providers.base import Provider
from gateway.webhooks.door import form, plain, webhook
from gateway.webhooks.hooks import hooks


@webhook(hooks, "sms")
def sms(deployment: Deployment, provider: Provider) -> Response:
    take_sms(deployment, provider.read_sms(form(), deployment.pack.country))
    return plain("")


@webhook(hooks, "opt-out")
def opt_out(deployment: Deployment, provider: Provider) -> Response:
    take_opt_out(deployment, provider.read_opt_out(form(), deployment.pack.country))
    return plain("")
