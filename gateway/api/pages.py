"""Pages of a list: `limit` and `cursor`, and in the answer the link to the next page (RFC 8288)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, jsonify, request

from config.outside import read_number
from gateway.api.problems import Problem

MOST, USUAL = 100, 50
KEPT = ("limit", "commune", "category", "urgency", "state", "since")
"""The arguments that the link to the next page keeps."""


def asked_limit() -> int:
    """The number of entries of a page, from `limit`. Raises `Problem` if it is not from 1 to 100."""
    limit = read_number(request.args.get("limit", str(USUAL)), MOST)
    if not limit:
        raise Problem(400, f"`limit` is a whole number from 1 to {MOST}")
    return limit


def paged(entries: Sequence[dict[str, object]], limit: int, key: str) -> Response:
    """The answer with one page.

    `entries` has one entry more than `limit` if there is a next page, which is then linked.

    The cursor is the last entry's `key`, not its id: ids would tell how many entries are hidden from the caller.
    """
    shown, onward = list(entries[:limit]), None
    if len(entries) > limit:
        given = {name: value for name in KEPT if (value := request.args.get(name))}
        onward = f"{request.path}?{urlencode({**given, 'cursor': str(shown[-1][key])})}"
    response = jsonify({"data": shown, "next": onward})
    if onward:
        response.headers["Link"] = f'<{onward}>; rel="next"'
    return response
