"""USSD hops and the notice of a session's end."""

from __future__ import annotations

import logging

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from flows.screen import Screen, to_gsm
from gateway.conversations import answer_hop
from gateway.deployment import Deployment
from gateway.providers.base import BadRequest, Provider
from gateway.webhooks.door import plain, webhook
from gateway.webhooks.hooks import hooks

log = logging.getLogger(__name__)


@webhook(hooks, "ussd")
def ussd(deployment: Deployment, provider: Provider) -> Response:
    """Always 200 and a screen: anything else is a network error on the citizen's phone."""
    pack, language = deployment.pack, deployment.pack.first_language
    try:
        hop = provider.read_hop(request.form, pack.country)
        if not _ours(hop.service_code, pack.service_code):
            screen = Screen(to_gsm(language.say("unknown_service", code=pack.service_code)), ends=True)
        else:
            screen = answer_hop(deployment, hop)
    except BadRequest as error:
        log.warning("ussd hop of %s not understood: %s", provider.name, error)
        key = "bad_number" if "number" in str(error) else "again"
        screen = Screen(to_gsm(language.say(key, code=pack.service_code)), ends=True)
    except SQLAlchemyError as error:
        log.error("ussd hop could not be kept: %s", type(error).__name__)
        screen = Screen(to_gsm(language.say("again")), ends=True)
    return plain(provider.show(screen))


@webhook(hooks, "ussd-events")
def ussd_events(_: Deployment, __: Provider) -> Response:
    """The end of a session tells nothing yet that the database does not know."""
    return plain("")


def _ours(dialled: str, ours: str) -> bool:
    """`*384*223#` itself, or with digits dialled behind it: `*384*223*1*4#`."""
    dialled, ours = dialled.strip().rstrip("#"), ours.rstrip("#")
    return dialled == ours or dialled.startswith(f"{ours}*")
