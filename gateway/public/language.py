"""The switch at the foot of each page: keeps the reader's language and goes back to the page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.public.pages import public
from gateway.translations.choice import LANGUAGES, keep_language


@public.get("/language/<code>")
def language(code: str) -> Response:
    """Keeps the language and goes back to the page that `to` names, which must be one of ours."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(_own_page(request.args.get("to", "")) or url_for("public.home"))
    keep_language(response, code)  # type: ignore[arg-type]
    return response


def _own_page(address: str) -> str | None:
    """The address if it lies on this server; else None. A link from elsewhere must not lead elsewhere again."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith("//") and not parts.scheme and not parts.netloc
    return address if inside and "\\" not in address and address.isprintable() else None
