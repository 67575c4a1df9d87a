"""Who may call a webhook and what of a request is let in."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Callable
from functools import wraps
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from config.settings import Network
from gateway.deployment import Deployment
from gateway.providers.base import BadRequest, Form, Provider

LARGEST_BODY = 64 * 1024
"""Bytes; the longest SMS of 255 parts is 39 kB of text."""

log = logging.getLogger(__name__)
Answer = Callable[[Deployment, Provider], Response]
Refuse = Callable[[Deployment, Provider, Exception], Response]


def plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def plain_refusal(_: Deployment, __: Provider, why: Exception) -> Response:
    """400 with one line; 503 for what could not be kept, so that the provider comes again."""
    return plain(f"{why}\n", 400) if isinstance(why, BadRequest) else plain("not kept, please send it again\n", 503)


def caller() -> str:
    """The address of who calls: behind trusted proxies the last one that they themselves did not add."""
    settings = deployment().settings
    address = request.remote_addr or ""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    while hops and within(address, settings.trusted_proxies):
        address = hops.pop()
    return address


def within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(one in network for network in networks)


def deployment() -> Deployment:
    found: Deployment = current_app.extensions["deployment"]
    return found


def webhook(hooks: Blueprint, path: str, refuse: Refuse = plain_refusal) -> Callable[[Answer], Answer]:
    """Registers an answer under `path` behind the token, the allowed callers and the size limit.

    What cannot be understood (`BadRequest`) and what cannot be kept (`SQLAlchemyError`) is logged without its
    content, changes nothing and is answered by `refuse`.
    """

    def register(answer: Answer) -> Answer:
        @wraps(answer)
        def view(token: str, provider: str) -> Response:
            here = deployment()
            known: dict[str, Provider] = current_app.extensions["providers"]
            if not hmac.compare_digest(token.encode(), here.settings.webhook_token.encode()) or provider not in known:
                abort(404)
            if request.method == "GET" and not known[provider].calls_by_get:
                abort(405)
            if here.settings.webhook_allow and not within(caller(), here.settings.webhook_allow):
                abort(404)
            try:
                _read_body()
                return answer(here, known[provider])
            except BadRequest as error:
                log.warning("webhook %s/%s refused: %s", provider, path, error)
                return refuse(here, known[provider], error)
            except SQLAlchemyError as error:
                log.error("webhook %s/%s could not be kept: %s", provider, path, type(error).__name__)
                return refuse(here, known[provider], error)

        hooks.add_url_rule(f"/<token>/<provider>/{path}", answer.__name__, view, methods=["GET", "POST"])
        return answer

    return register


def form() -> Form:
    """What the provider sent: the fields of its form or, where it calls by GET, of the address.

    Those of an address are its bytes, one Latin-1 letter each: the provider alone knows their encoding.
    """
    if request.method == "GET":
        return dict(parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
    return request.form


def _read_body() -> None:
    """Raises `BadRequest` for a body that is too large or no form."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise BadRequest(f"the body is larger than {LARGEST_BODY // 1024} kB")
    try:
        _ = request.form
    except RequestEntityTooLarge:
        raise BadRequest(f"the body is larger than {LARGEST_BODY // 1024} kB") from None
    except HTTPException:
        raise BadRequest("the body is no form") from None
