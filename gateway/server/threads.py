"""The WSGI application behind the event loop: a request takes a thread only when all of it has come."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from queue import SimpleQueue
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication

from gateway.runtime.logs import innermost
from gateway.runtime.metrics import SHED
from gateway.webhooks.bodies import BODY
from storage.write_queue import Turn, own_turn

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
PLAIN = [(b"content-type", b"text/plain; charset=utf-8")]
FULL: Answer = (503, [*PLAIN, (b"retry-after", b"5")], b"busy, please try again\n")
SLOWED = (401, 429)
"""Answers to who guesses. They wait on the event loop: a guesser's next try is put off and no thread is held."""
SLOWED_BY = 1.0
FAILED: Answer = (500, PLAIN, b"500 Internal Server Error\n")

log = logging.getLogger(__name__)


class Lane:
    """Threads for the addresses under `prefixes`; beyond `most_waiting` whole requests the next is sent away.

    Threads of our own and not an executor: its futures cost half as much again as a request of Flask's.
    """

    def __init__(self, prefixes: tuple[str, ...], threads: int, most_waiting: int, turn: Turn = Turn.REQUEST) -> None:
        self.prefixes, self._threads, self._most, self._turn = prefixes, threads, most_waiting, turn
        self._waiting = 0
        self._work: SimpleQueue[tuple[asyncio.Future[Answer], dict[str, Any]]] = SimpleQueue()

    def start(self, app: WSGIApplication) -> None:
        for number in range(self._threads):
            name = f"web-{self.prefixes[0]}-{number}"
            threading.Thread(target=self._serve, args=(app,), name=name, daemon=True).start()

    async def call(self, environ: dict[str, Any]) -> Answer:
        if self._waiting >= self._most:
            SHED.inc()
            return FULL
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting += 1
        try:
            self._work.put((answer, environ))
            return await answer
        finally:
            self._waiting -= 1

    def _serve(self, app: WSGIApplication) -> None:
        own_turn.set(self._turn)
        while True:
            future, environ = self._work.get()
            try:
                answer = _call(app, environ)
            except BaseException as error:  # noqa: BLE001 - a thread that ended would be missing for good
                log.error("unexpected %s at %s", type(error).__name__, innermost(error))
                answer = FAILED
            future.get_loop().call_soon_threadsafe(_settle, future, answer)


def _settle(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():  # given up at the end of the process
        future.set_result(answer)


class WebThreads:
    """An ASGI application that reads the body, then calls the WSGI one in a thread of the address's lane.

    Webhooks, health and pages have threads of their own: what keeps pages busy does not keep citizens waiting.
    """

    def __init__(self, app: WSGIApplication, largest_body: int, lanes: tuple[Lane, ...]) -> None:
        self._largest, self._lanes = largest_body, lanes
        for lane in lanes:
            lane.start(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        body = await self._whole_body(headers.get("CONTENT_LENGTH", ""), receive)
        if body is None:
            return
        if body:
            # What came in chunks is whole now.
            headers.pop("HTTP_TRANSFER_ENCODING", None)
            headers.setdefault("CONTENT_LENGTH", str(len(body)))
        lane = next(lane for lane in self._lanes if scope["path"].startswith(lane.prefixes))
        status, answered, content = await lane.call(_environ(scope, headers, body))
        if status in SLOWED:
            await asyncio.sleep(SLOWED_BY)
        await send({"type": "http.response.start", "status": status, "headers": answered})
        await send({"type": "http.response.body", "body": content})

    async def _whole_body(self, length: str, receive: Receive) -> bytes | None:
        """None when the caller is gone. A body that is too large is not read: the application says so."""
        if length and int(length) > self._largest:
            return b""
        parts, size = [], 0
        while size <= self._largest:
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

    A name with an underscore is left out: WSGI writes `X_Forwarded_For` and `X-Forwarded-For` alike, and a proxy
    that sets the one passes on the other.
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
        # From the raw path: the decoded one has lost the bytes that are no UTF-8.
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


def _call(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        said.append((status, headers))
        return lambda _: None

    start: StartResponse = start_response
    parts = app(environ, start)
    try:
        content = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    status, headers = said[-1]
    return int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], content
