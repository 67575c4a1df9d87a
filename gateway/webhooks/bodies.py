"""What of a request's body or address is let in."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from flows.octets import decoded
from gateway.providers.base import BadRequest, Form, Provider

LARGEST_BODY = 64 * 1024
"""Bytes; the longest SMS of 255 parts is 39 kB of text."""
MOST_FIELDS = 200
MESSAGE_TYPES = frozenset({"text/plain", "application/octet-stream"})
"""What Kannel calls a body that is the message itself."""


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
        pairs_read = parse_qsl(
            pairs.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise BadRequest(f"the body has more than {MOST_FIELDS} values") from None
    fields: dict[str, str] = {}
    for name, value in pairs_read:
        fields.setdefault(read(name.encode("latin-1")), read(value.encode("latin-1")))
    return fields


def flat(body: bytes) -> dict[str, str]:
    """A JSON object's values by their path, `{"a": {"b": [true]}}` as `{"a.b.0": "true"}`; nulls are left out.

    Raises `BadRequest` for what is no JSON object, or one that no provider sends.
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
            # JSON can write half a letter (a lone surrogate), which no other encoding holds.
            fields[path] = text.encode("utf-8", "replace").decode()
    return fields


def read_body() -> None:
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
