"""Who may call a webhook and what of a request is let in."""

from __future__ import annotations

import codecs
import hmac
import json
import logging
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from flows.octets import decoded
from gateway.addresses import caller_of, counted_as, within
from gateway.deployment import Deployment
from gateway.guesses import Guesses
from gateway.logs import innermost
from gateway.providers.base import BadRequest, Form, MeansNothing, Provider, Shown

LARGEST_BODY = 64 * 1024
"""Bytes; the longest SMS of 255 parts is 39 kB of text."""

MOST_FIELDS = 200
MESSAGE_TYPES = frozenset({"text/plain", "application/octet-stream"})
"""What Kannel calls a body that is the message itself."""

log = logging.getLogger(__name__)
Answer = Callable[[Deployment, Provider], Response]
Refuse = Callable[[Deployment, Provider, Exception], Response]


def plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def shown(answer: Shown) -> Response:
    return Response(answer.body, 200, content_type=answer.content_type)


def plain_refusal(_: Deployment, __: Provider, why: Exception) -> Response:
    """400 with one line; 503 for what could not be kept, so that the provider comes again."""
    return plain(f"{why}\n", 400) if isinstance(why, BadRequest) else plain("not kept, please send it again\n", 503)


def caller() -> str:
    """The address of who calls: behind trusted proxies the last one that they themselves did not add."""
    forwarded_for = request.headers.get("X-Forwarded-For", "")
    return caller_of(request.remote_addr or "", forwarded_for, deployment().settings.trusted_proxies)


def deployment() -> Deployment:
    found: Deployment = current_app.extensions["deployment"]
    return found


def webhook(hooks: Blueprint, path: str, refuse: Refuse = plain_refusal) -> Callable[[Answer], Answer]:
    """Registers an answer under `path` behind the token, the allowed callers and the size limit.

    What cannot be understood (`BadRequest`), what cannot be kept (`SQLAlchemyError`) and what nobody foresaw is
    logged without its content, changes nothing and is answered by `refuse`. What will never mean anything to us
    (`MeansNothing`) is logged so too and answered 200.
    """

    def register(answer: Answer) -> Answer:
        @wraps(answer)
        def view(token: str, provider: str, rest: str = "") -> Response:
            here = deployment()
            known: dict[str, Provider] = current_app.extensions["providers"]
            guesses: Guesses = current_app.extensions["guesses"]
            # The right token is served whatever others guess: behind a proxy they may all be one caller.
            if not hmac.compare_digest(token.encode(), here.settings.webhook_token.encode()) or provider not in known:
                abort(429 if guesses.missed(counted_as(caller())) else 404)
            if rest and not known[provider].reads_path:
                abort(404)
            if request.method not in known[provider].methods:
                abort(405)
            if here.settings.webhook_allow and not within(caller(), here.settings.webhook_allow):
                abort(404)
            try:
                _read_body()
                return answer(here, known[provider])
            except MeansNothing as reason:
                log.info("webhook %s/%s means nothing to us: %s", provider, path, reason)
                return plain("")
            except BadRequest as error:
                log.warning("webhook %s/%s refused: %s", provider, path, error)
                return refuse(here, known[provider], error)
            except SQLAlchemyError as error:
                log.error("webhook %s/%s could not be kept: %s", provider, path, type(error).__name__)
                return refuse(here, known[provider], error)
            except HTTPException:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is: a screen on the phone, or "send it again"
                log.error("webhook %s/%s: unexpected %s at %s", provider, path, type(error).__name__, innermost(error))
                return refuse(here, known[provider], error)

        address = f"/<token>/<provider>/{path}"
        for rule in (address, f"{address}/<path:rest>"):
            hooks.add_url_rule(rule, answer.__name__, view, methods=["GET", "POST", "PUT"])
        return answer

    return register


def form(provider: Provider) -> Form:
    """What the provider sent: the fields of its form or of its JSON, whatever content type it says.

    Of a provider that `reads_bytes` those of the address count too, and a body that is neither form nor JSON is the
    field `text`. What stands in the address behind the webhook's own is the field `path`.
    """
    body = request.get_data()
    if provider.reads_bytes:
        address = _fields(request.query_string, _as_letters)
        return {**address, **_fields_of_body(body, _as_letters, MESSAGE_TYPES)}
    fields = _fields_of_body(body, decoded)
    rest = (request.view_args or {}).get("rest", "")
    return {**fields, "path": rest} if rest else fields


def _fields_of_body(body: bytes, read: Callable[[bytes], str], message_types: Collection[str] = ()) -> Form:
    if request.mimetype == "multipart/form-data":
        return request.form
    if request.is_json or body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{":
        return flat(body)
    if request.mimetype in message_types:
        charset = request.mimetype_params.get("charset", "")
        return {"text": read(body), **({"charset": charset} if charset else {})}
    return _fields(body, read)


def _as_letters(octets: bytes) -> str:
    return octets.decode("latin-1")


def _fields(pairs: bytes, read: Callable[[bytes], str]) -> dict[str, str]:
    """A form's fields, of several with one name the first; each is read on its own, since a form says no encoding."""
    try:
        found = parse_qsl(
            pairs.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise BadRequest(f"the body has more than {MOST_FIELDS} values") from None
    fields: dict[str, str] = {}
    for name, value in found:
        fields.setdefault(read(name.encode("latin-1")), read(value.encode("latin-1")))
    return fields


def flat(body: bytes) -> dict[str, str]:
    """A JSON object's values by their path, `{"a": {"b": [true]}}` as `{"a.b.0": "true"}`; nulls are left out.

    Raises `BadRequest` for what is no JSON object, or one that no provider sends.
    """
    try:
        encoding = json.detect_encoding(body)
        found = json.loads(decoded(body) if encoding == "utf-8" else body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON") from None
    if not isinstance(found, dict):
        raise BadRequest("the body is no JSON object")
    fields: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = list(found.items())
    while waiting:
        path, value = waiting.pop()
        if len(fields) + len(waiting) > MOST_FIELDS:
            raise BadRequest(f"the body has more than {MOST_FIELDS} values")
        if isinstance(value, dict):
            waiting += [(f"{path}.{name}", one) for name, one in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}.{index}", one) for index, one in enumerate(value)]
        elif value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            # JSON can write half a letter (a lone surrogate), which no other encoding holds.
            fields[path] = text.encode("utf-8", "replace").decode()
    return fields


def _read_body() -> None:
    """Raises `BadRequest` for a body that is too large or breaks off."""
    too_large = BadRequest(f"the body is larger than {LARGEST_BODY // 1024} kB")
    if (request.content_length or 0) > LARGEST_BODY:
        raise too_large
    try:
        request.get_data()
    except RequestEntityTooLarge:
        raise too_large from None
    except HTTPException:
        raise BadRequest("the body cannot be read") from None
