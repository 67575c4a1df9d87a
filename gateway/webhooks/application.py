"""The WSGI application of the webhooks: who may call, what is answered, what is logged.

It runs in front of Flask, which serves everything else. A USSD request needs no web session, no form token and no page;
Flask would take a third of the whole time.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from gateway.abuse.brute_force import BruteForceGuard
from gateway.providers.base import BadRequest, MeansNothing, Provider
from gateway.runtime.addresses import caller_of, counted_as, within
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import innermost, request_id
from gateway.runtime.metrics import RequestOutcome, count_request
from gateway.webhooks import delivery, sms, ussd  # noqa: F401 - they register what they answer
from gateway.webhooks.answers import Answer, plain
from gateway.webhooks.bodies import WebhookRequest, read_body
from gateway.webhooks.hooks import HOOKS, Hook

PREFIX = "/hooks/"
log = logging.getLogger(__name__)


class Webhooks:
    """Answers under `/hooks/<token>/<provider>/`; leaves every other address to `pages`.

    `parts` holds the `deployment`, the `providers` by name and the `brute_force_guard`. `headers` are added to each
    answer.
    """

    def __init__(self, pages: WSGIApplication, parts: dict[str, Any], headers: Iterable[tuple[str, str]]) -> None:
        self._pages, self._parts, self._headers = pages, parts, tuple(headers)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        pieces = path[len(PREFIX) :].split("/", 3) if path.startswith(PREFIX) else []
        hook = HOOKS.get(pieces[2]) if len(pieces) > 2 else None
        if hook is None or pieces[3:] == [""]:
            return self._pages(environ, start_response)
        token, provider, name, *rest = (_decoded(piece) for piece in pieces)
        with request_id() as id, count_request(name) as outcome:
            answer = self._answer(WebhookRequest(environ, "".join(rest)), hook, token, provider, outcome)
        body = answer.body.encode()
        own = [("Content-Type", answer.content_type), ("Content-Length", str(len(body))), ("X-Request-Id", id)]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", [*own, *self._headers])
        return [body]

    def _answer(self, request: WebhookRequest, hook: Hook, token: str, name: str, outcome: RequestOutcome) -> Answer:
        deployment: Deployment = self._parts["deployment"]
        provider: Provider | None = self._parts["providers"].get(name)
        # The right token always works, whatever others guess: behind a proxy all may have one address.
        is_right = hmac.compare_digest(token.encode(), deployment.settings.webhook_token.encode())
        if not is_right or provider is None:
            guard: BruteForceGuard = self._parts["brute_force_guard"]
            return _nothing(429 if guard.missed(counted_as(_caller(deployment, request))) else 404)
        outcome.provider = name
        if request.rest and not provider.reads_path:
            return _nothing(404)
        if request.method not in provider.methods:
            return _nothing(405)
        allowed = deployment.settings.webhook_allow
        if allowed and not within(_caller(deployment, request), allowed):
            return _nothing(404)
        return _respond(deployment, provider, request, hook, outcome)


def _respond(
    deployment: Deployment, provider: Provider, request: WebhookRequest, hook: Hook, outcome: RequestOutcome
) -> Answer:
    """Calls the webhook. Errors are logged without content and change nothing. A request that will never mean anything
    to us (`MeansNothing`) is answered 200."""
    where = f"{provider.name}/{hook.respond.__name__}"
    try:
        read_body(request)
        answer = hook.respond(deployment, provider, request)
        outcome.name = "answered"
        return answer
    except MeansNothing as reason:
        log.info("webhook %s means nothing to us: %s", where, reason)
        outcome.name = "ignored"
        return plain("")
    except BadRequest as error:
        log.warning("webhook %s refused: %s", where, error)
        outcome.name = "refused"
        return hook.refuse(deployment, provider, request, error)
    except SQLAlchemyError as error:
        log.error("webhook %s could not be kept: %s", where, type(error).__name__)
        outcome.name = "not_kept"
        return hook.refuse(deployment, provider, request, error)
    except HTTPException as error:
        return _nothing(error.code or 400)
    except Exception as error:  # noqa: BLE001 - whatever it is: a screen on the phone, or "send it again"
        log.error("webhook %s: unexpected %s at %s", where, type(error).__name__, innermost(error))
        outcome.name = "failed"
        return hook.refuse(deployment, provider, request, error)


def _nothing(status: int) -> Answer:
    return plain(f"{status} {HTTPStatus(status).phrase}\n", status)


def _caller(deployment: Deployment, request: WebhookRequest) -> str:
    """The caller's address: behind trusted proxies, the last address that is not one of theirs."""
    environ = request.environ
    address, forwarded_for = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
    return caller_of(address, forwarded_for, deployment.settings.trusted_proxies)


def _decoded(piece: str) -> str:
    """WSGI writes the bytes of an address as Latin-1."""
    return piece.encode("latin-1").decode(errors="replace")
