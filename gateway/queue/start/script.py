"""htmx (https://htmx.org, 0BSD), served from here: compressed once, cached by browsers until its version changes."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, request

from gateway.queue.blueprint import queue
from gateway.queue.login import signed_in

HTMX = Path(__file__).parent.parent / "static" / "htmx.min.js"
YEAR = 365 * 24 * 3600


@lru_cache(maxsize=1)
def _packed() -> bytes:
    return gzip.compress(HTMX.read_bytes(), mtime=0)


@queue.get("/htmx-2.0.11.js")
@signed_in
def htmx() -> Response:
    """The script: 52 kB, or 17 kB for a browser that accepts gzip."""
    is_packed = request.accept_encodings["gzip"] > 0
    response = Response(_packed() if is_packed else HTMX.read_bytes(), content_type="text/javascript; charset=utf-8")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response
