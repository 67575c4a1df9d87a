"""Reads the body and the address of a webhook request, within limits."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request

from flows.octets import decoded
from gateway.providers.base import BadRequest, Form, Provider
from gateway.runtime.request_sizes import LARGEST_BODY

MOST_FIELDS = 200
URLENCODED = "application/x-www-form-urlencoded"
BODY = "ccs.body"
"""The key of a request's body in its WSGI environment. Our own server has the whole body and stores it there:
werkzeug's stream would cost as much as the rest of the reading."""
PARSED = "ccs.parsed"
MESSAGE_TYPES = frozenset({"text/plain", "application/octet-stream"})
"""Kannel's content types for a body that is the message itself."""


class _LimitedRequest(Request):
    max_content_length = LARGEST_BODY
    max_form_memory_size = LARGEST_BODY
    max_form_parts = 50


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request to a webhook; `rest` is the part of its address after the webhook's own."""

    environ: WSGIEnvironment
    rest: str = ""

    @property
    def method(self) -> str:
        """The HTTP method, in capitals."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def parsed(self) -> Request:
        """The request as werkzeug reads it, for rare needs such as multipart forms."""
        if PARSED not in self.environ:
            self.environ[PARSED] = _LimitedRequest(self.environ)
        parsed: Request = self.environ[PARSED]
        return parsed


def form(request: WebhookRequest, provider: Provider) -> Form:
    """Returns the fields of the provider's form or JSON, whatever content type it states. Raises `BadRequest`.

    If the provider `reads_bytes`, the fields of the address count too, and a body that is neither form nor JSON is the
    field `text`. Otherwise the part of the address after the webhook's own is the field `path`.
    """
    if provider.reads_bytes:
        address = _fields(request.parsed.query_string, _as_letters)
        return {**address, **_fields_of_body(request, _as_letters, MESSAGE_TYPES)}
    fields = _fields_of_body(request, decoded)
    return {**fields, "path": request.rest} if request.rest else fields


def _fields_of_body(request: WebhookRequest, read: Callable[[bytes], str], message_types: Collection[str] = ()) -> Form:
    body = read_body(request)
    if request.environ.get("CONTENT_TYPE") == URLENCODED and body[:1] != b"{" and body[:1].isalnum():
        return _fields(body, read)  # nearly all requests; a closer look costs as much as the reading
    parsed = request.parsed
    if parsed.mimetype == "multipart/form-data":
        return parsed.form
    if parsed.is_json or body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{":
        return flat(body)
    if parsed.mimetype in message_types:
        charset = parsed.mimetype_params.get("charset", "")
        return {"text": read(body), **({"charset": charset} if charset else {})}
    return _fields(body, read)


def _as_letters(octets: bytes) -> str:
    return octets.decode("latin-1")


def _fields(pairs: bytes, read: Callable[[bytes], str]) -> dict[str, str]:
    """A form's fields; of several with one name the first counts. Each is decoded alone: a form states no encoding."""
    pieces = pairs.split(b"&")
    if len(pieces) > MOST_FIELDS:
        raise BadRequest(f"the body has more than {MOST_FIELDS} values")
    fields: dict[str, str] = {}
    for piece in pieces:
        name, _, value = piece.replace(b"+", b" ").partition(b"=")
        if piece:
            fields.setdefault(read(_unquoted(name)), read(_unquoted(value)))
    return fields


def _unquoted(octets: bytes) -> bytes:
    return unquote_to_bytes(octets) if b"%" in octets else octets


def flat(body: bytes) -> dict[str, str]:
    """Returns a JSON object's values by path, `{"a": {"b": [true]}}` as `{"a.b.0": "true"}`; nulls are left out.

    Raises `BadRequest` if the body is not a JSON object, or has more than `MOST_FIELDS` values.
    """
    try:
        encoding = json.detect_encoding(body)
        body_object = json.loads(decoded(body) if encoding == "utf-8" else body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON") from None
    if not isinstance(body_object, dict):
        raise BadRequest("the body is no JSON object")
    fields: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = list(body_object.items())
    while waiting:
        path, value = waiting.pop()
        if len(fields) + len(waiting) > MOST_FIELDS:
            raise BadRequest(f"the body has more than {MOST_FIELDS} values")
        if isinstance(value, dict):
            waiting += [(f"{path}.{name}", inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}.{index}", inner) for index, inner in enumerate(value)]
        elif value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            # JSON can hold half a character (a lone surrogate), which no other encoding can hold.
            fields[path] = text.encode("utf-8", "replace").decode()
    return fields


def read_body(request: WebhookRequest) -> bytes:
    """Returns the request's body. Raises `BadRequest` if it is too large or incomplete."""
    environ = request.environ
    too_large = f"the body is larger than {LARGEST_BODY // 1024} kB"
    length = environ.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > LARGEST_BODY:
        raise BadRequest(too_large)
    if BODY not in environ:
        try:
            environ[BODY] = request.parsed.get_data()
        except RequestEntityTooLarge:
            raise BadRequest(too_large) from None
        except HTTPException:
            raise BadRequest("the body cannot be read") from None
    return bytes(environ[BODY])
