"""What a webhook answers with."""

from __future__ import annotations

from flask import Response

from gateway.providers.base import Shown


def plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def shown(answer: Shown) -> Response:
    return Response(answer.body, 200, content_type=answer.content_type)
