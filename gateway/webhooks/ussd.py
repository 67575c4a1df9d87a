"""USSD requests and the notice of a session's end."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from flows.screen import Screen, to_gsm
from gateway.providers.base import BadNumber, BadRequest, Form, Provider, UssdRequest, bare_code
from gateway.runtime.deployment import Deployment
from gateway.ussd.sessions import answer_request
from gateway.webhooks.answers import Answer, plain, shown
from gateway.webhooks.bodies import WebhookRequest, form
from gateway.webhooks.hooks import webhook

SAID_OF: dict[type[Exception], str] = {BadNumber: "bad_number", SQLAlchemyError: "not_kept"}
"""The text of the last screen for each kind of error, by its key in the pack."""


def end_screen(deployment: Deployment, provider: Provider, request: WebhookRequest, why: Exception) -> Answer:
    """A last screen with status 200: with any other status the phone would show a network error."""
    key = next((key for kind, key in SAID_OF.items() if isinstance(why, kind)), "again")
    return shown(provider.show(_last(deployment, key), _whatever_came(request, provider)))


def _last(deployment: Deployment, key: str) -> Screen:
    pack = deployment.pack
    return Screen(to_gsm(pack.first_language.say(key, code=pack.service_code)), ends=True)


def _whatever_came(request: WebhookRequest, provider: Provider) -> Form:
    try:
        return form(request, provider)
    except (BadRequest, HTTPException):
        return {}


@webhook("ussd", end_screen)
def ussd(deployment: Deployment, provider: Provider, request: WebhookRequest) -> Answer:
    """Answers one request of a USSD session with a screen."""
    fields = form(request, provider)
    asked = provider.read_ussd(fields, deployment.pack.country)
    if asked is None:
        return shown(provider.show_end(fields))
    screen = answer_request(deployment, asked) if _ours(asked, deployment) else _last(deployment, "unknown_service")
    return shown(provider.show(screen, fields))


@webhook("ussd-events")
def ussd_events(_: Deployment, __: Provider, ___: WebhookRequest) -> Answer:
    """Takes the notice of a session's end. Nothing follows from it."""
    return plain("")


def _ours(request: UssdRequest, deployment: Deployment) -> bool:
    """Whether the dialled code is ours, with or without digits after it: `*384*223*1*4#`."""
    if request.service_code is None:
        return True
    dialled, ours = bare_code(request.service_code), bare_code(deployment.pack.service_code)
    return dialled == ours or dialled.startswith(f"{ours}*")
