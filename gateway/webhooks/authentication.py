"""Who may call a webhook and what of a request is let in."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from functools import wraps

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from gateway.abuse.brute_force import BruteForceGuard
from gateway.providers.base import BadRequest, MeansNothing, Provider
from gateway.runtime.addresses import caller_of, counted_as, within
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import innermost, request_id
from gateway.runtime.metrics import RequestOutcome, count_request
from gateway.webhooks.answers import plain
from gateway.webhooks.bodies import read_body

log = logging.getLogger(__name__)
Answer = Callable[[Deployment, Provider], Response]
Refuse = Callable[[Deployment, Provider, Exception], Response]


def plain_refusal(_: Deployment, __: Provider, why: Exception) -> Response:
    """400 with one line; 503 for what could not be kept, so that the provider comes again."""
    return plain(f"{why}\n", 400) if isinstance(why, BadRequest) else plain("not kept, please send it again\n", 503)


def caller() -> str:
    """The address of who calls: behind trusted proxies the last one that they themselves did not add."""
    forwarded_for = request.headers.get("X-Forwarded-For", "")
    return caller_of(request.remote_addr or "", forwarded_for, deployment().settings.trusted_proxies)


def webhook(hooks: Blueprint, path: str, refuse: Refuse = plain_refusal) -> Callable[[Answer], Answer]:
    """Registers an answer under `path` behind the token, the allowed callers and the size limit.

    What cannot be understood (`BadRequest`), what cannot be kept (`SQLAlchemyError`) and what nobody foresaw is
    logged without its content, changes nothing and is answered by `refuse`. What will never mean anything to us
    (`MeansNothing`) is logged so too and answered 200.
    """

    def register(answer: Answer) -> Answer:
        @wraps(answer)
        def view(token: str, provider: str, rest: str = "") -> Response:
            with request_id() as id, count_request(path) as outcome:
                response = serve(token, provider, rest, outcome)
                response.headers["X-Request-Id"] = id
                return response

        def serve(token: str, provider: str, rest: str, outcome: RequestOutcome) -> Response:
            here = deployment()
            known: dict[str, Provider] = current_app.extensions["providers"]
            guard: BruteForceGuard = current_app.extensions["brute_force_guard"]
            # The right token is served whatever others guess: behind a proxy they may all be one caller.
            if not hmac.compare_digest(token.encode(), here.settings.webhook_token.encode()) or provider not in known:
                abort(429 if guard.missed(counted_as(caller())) else 404)
            outcome.provider = provider
            if rest and not known[provider].reads_path:
                abort(404)
            if request.method not in known[provider].methods:
                abort(405)
            if here.settings.webhook_allow and not within(caller(), here.settings.webhook_allow):
                abort(404)
            try:
                read_body()
                response = answer(here, known[provider])
                outcome.name = "answered"
                return response
            except MeansNothing as reason:
                log.info("webhook %s/%s means nothing to us: %s", provider, path, reason)
                outcome.name = "ignored"
                return plain("")
            except BadRequest as error:
                log.warning("webhook %s/%s refused: %s", provider, path, error)
                outcome.name = "refused"
                return refuse(here, known[provider], error)
            except SQLAlchemyError as error:
                log.error("webhook %s/%s could not be kept: %s", provider, path, type(error).__name__)
                outcome.name = "not_kept"
                return refuse(here, known[provider], error)
            except HTTPException:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is: a screen on the phone, or "send it again"
                log.error("webhook %s/%s: unexpected %s at %s", provider, path, type(error).__name__, innermost(error))
                outcome.name = "failed"
                return refuse(here, known[provider], error)

        address = f"/<token>/<provider>/{path}"
        for rule in (address, f"{address}/<path:rest>"):
            hooks.add_url_rule(rule, answer.__name__, view, methods=["GET", "POST", "PUT"])
        return answer

    return register
