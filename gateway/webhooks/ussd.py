"""USSD hops and the notice of a session's end."""

from __future__ import annotations

from flask import Response

from flows.screen import Screen, to_gsm
from gateway.conversations import answer_hop
from gateway.deployment import Deployment
from gateway.providers.base import BadRequest, Provider
from gateway.webhooks.door import form, plain, webhook
from gateway.webhooks.hooks import hooks


def end_screen(deployment: Deployment, provider: Provider, why: Exception) -> Response:
    """Always 200 and a screen: anything else is a network error on the citizen's phone."""
    key = "bad_number" if isinstance(why, BadRequest) and "number" in str(why) else "again"
    return plain(provider.show(_last(deployment, key)))


def _last(deployment: Deployment, key: str) -> Screen:
    pack = deployment.pack
    return Screen(to_gsm(pack.first_language.say(key, code=pack.service_code)), ends=True)


@webhook(hooks, "ussd", end_screen)
def ussd(deployment: Deployment, provider: Provider) -> Response:
    hop = provider.read_hop(form(), deployment.pack.country)
    ours = _ours(hop.service_code, deployment.pack.service_code)
    return plain(provider.show(answer_hop(deployment, hop) if ours else _last(deployment, "unknown_service")))


@webhook(hooks, "ussd-events")
def ussd_events(_: Deployment, __: Provider) -> Response:
    """The end of a session tells nothing yet that the database does not know."""
    return plain("")


def _ours(dialled: str, ours: str) -> bool:
    """`*384*223#` itself, or with digits dialled behind it: `*384*223*1*4#`."""
    dialled, ours = dialled.strip().rstrip("#"), ours.rstrip("#")
    return dialled == ours or dialled.startswith(f"{ours}*")
