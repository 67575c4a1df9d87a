"""Errors of the API as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json

from flask import Response
from werkzeug.http import HTTP_STATUS_CODES


class Problem(Exception):
    """Ends a view. `detail` says in one line what is wrong, and never repeats what was sent."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def answered(problem: Problem) -> Response:
    """The body and headers of a problem. A 401 says how a token is given."""
    body = {"title": HTTP_STATUS_CODES[problem.status], "status": problem.status, "detail": problem.detail}
    response = Response(json.dumps(body, ensure_ascii=False), problem.status, content_type="application/problem+json")
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="ccs"'
    return response
