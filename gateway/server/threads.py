"""The WSGI application behind the event loop: a request takes a thread only when all of it has come."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from gateway.server.lanes import Lane, WebRequest, lane_of
from gateway.server.overload import goes_on, is_ussd
from gateway.webhooks.bodies import BODY

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
SLOWED = (401, 429)
"""Answers to guessers. They wait on the event loop: this delays the next guess and holds no thread."""
SLOWED_BY = 1.0


class WebThreads:
    """An ASGI application that reads the body, then calls the WSGI application in a thread of the address's lane.

    USSD, other webhooks, health and pages have threads of their own, so that busy pages do not keep citizens waiting.
    """

    def __init__(self, app: WSGIApplication, largest_body: Callable[[str], int], lanes: tuple[Lane, ...]) -> None:
        self._largest, self._lanes = largest_body, lanes
        for lane in lanes:
            lane.start(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        body = await self._whole_body(headers.get("CONTENT_LENGTH", ""), self._largest(scope["path"]), receive)
        if body is None:
            return
        if body:
            # A body that came in chunks is whole now.
            headers.pop("HTTP_TRANSFER_ENCODING", None)
            headers.setdefault("CONTENT_LENGTH", str(len(body)))
        path = scope["path"]
        request = WebRequest(path, _environ(scope, headers, body), body, is_ussd(path) and goes_on(body))
        status, answered, content = await lane_of(self._lanes, path).call(request)
        if status in SLOWED:
            await asyncio.sleep(SLOWED_BY)
        await send({"type": "http.response.start", "status": status, "headers": answered})
        await send({"type": "http.response.body", "body": content})

    async def _whole_body(self, length: str, largest: int, receive: Receive) -> bytes | None:
        """The body; None if the caller is gone. A body that is too large is not read: the application refuses it."""
        if length and int(length) > largest:
            return b""
        parts, size = [], 0
        while size <= largest:
            message = await receive()
            if message["type"] != "http.request":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body"):
                break
        return b"".join(parts)


def _headers(scope: Scope) -> dict[str, str]:
    """The request's headers by their WSGI names.

    A name with an underscore is left out. WSGI has one name for `X_Forwarded_For` and `X-Forwarded-For`: a caller could
    send the first through a proxy that sets only the second.
    """
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        found[key] = f"{found[key]}{joint}{text}" if key in found else text
    return found


def _environ(scope: Scope, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    server, port = scope["server"] or ("", 0)
    client = scope["client"] or ("", 0)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        # From the raw path: the decoded path has lost the bytes that are not UTF-8.
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        BODY: body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }
