"""The switch at the foot of each page: keeps the reader's language and goes back to the page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from gateway.public.pages import public
from gateway.translations.choice import LANGUAGES, keep_language


@public.get("/language/<code>")
def language(code: str) -> Response:
    """Keeps the language and goes back to the page that had the switch, which the browser names in `Referer`."""
    if code not in LANGUAGES:
        abort(404)
    response = redirect(_page_before() or url_for("public.home"))
    keep_language(response, code)
    return response


def _page_before() -> str | None:
    """The address of the page before, without its host: a link from elsewhere must not lead elsewhere again."""
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    address = f"{before.path}?{before.query}" if before.query else before.path
    is_plain = "\\" not in address and address.isprintable() and address.isascii()
    return address if address.startswith("/") and not address.startswith("//") and is_plain else None
