"""Lanes of threads that call the WSGI application, and what happens to requests when a lane is full."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from gateway.runtime.logs import innermost
from gateway.runtime.metrics import SHED
from storage.write_group import Turn
from storage.write_queue import answer_by, own_turn

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
PLAIN = "text/plain; charset=utf-8"

log = logging.getLogger(__name__)


def answer_of(status: int, body: bytes, content_type: str = PLAIN, **headers: str) -> Answer:
    """An answer that the server itself gives. The keyword `retry_after` becomes the header `retry-after`."""
    named = {"content-type": content_type, "content-length": str(len(body))} | headers
    return status, [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()], body


FAILED = answer_of(500, b"500 Internal Server Error\n")


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request that has arrived completely. `goes_on` says that its sender is in the middle of a session."""

    path: str
    environ: dict[str, Any]
    body: bytes
    goes_on: bool = False
    came_at: float = field(default_factory=time.monotonic)


Refuse = Callable[[WebRequest], Answer]


def busy(_: WebRequest) -> Answer:
    """503: the provider, or the user of a browser, tries again later."""
    return answer_of(503, b"busy, please try again\n", retry_after="5")


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests a lane takes in: `waiting` in all, of which `beginning` may begin something.

    A request that has waited for `seconds` is refused: nobody would be there for a later answer. A request that writes
    gives up the wait for SQLite's lock when it is `to_answer` seconds old.
    """

    waiting: int
    beginning: int
    seconds: float
    to_answer: float


class Lane:
    """Threads for the addresses that it `serves`. Requests that do not fit into its room are answered by `refuse`.

    Requests that go on come before requests that begin: a session that was let in is served to its end, and a session
    that cannot be served is refused at its first screen. The threads are our own and not those of an executor: its
    futures cost half as much again as a request of Flask's.
    """

    def __init__(
        self,
        name: str,
        serves: Callable[[str], bool],
        threads: int,
        room: Room,
        turn: Turn = Turn.REQUEST,
        refuse: Refuse = busy,
    ) -> None:
        self.name, self.serves = name, serves
        self._threads, self._room, self._turn, self._refuse = threads, room, turn, refuse
        self._waiting = self._beginning = 0
        self._arrived: SimpleQueue[None] = SimpleQueue()
        self._going_on: SimpleQueue[_Work] = SimpleQueue()
        self._begun: SimpleQueue[_Work] = SimpleQueue()

    def start(self, app: WSGIApplication) -> None:
        """Starts the lane's threads; they end with the process."""
        for number in range(self._threads):
            name = f"web-{self.name}-{number}"
            threading.Thread(target=self._serve, args=(app,), name=name, daemon=True).start()

    async def call(self, request: WebRequest) -> Answer:
        """The application's answer, or the lane's refusal."""
        if self._waiting >= self._room.waiting or (not request.goes_on and self._beginning >= self._room.beginning):
            return self._shed(request)
        work = _Work(request, asyncio.get_running_loop().create_future())
        self._waiting += 1
        self._beginning += not request.goes_on
        try:
            (self._going_on if request.goes_on else self._begun).put(work)
            self._arrived.put(None)
            expiry = work.answer.get_loop().call_later(self._room.seconds, work.expire)
            answer = await work.answer
            expiry.cancel()
        finally:
            self._waiting -= 1
            self._beginning -= not request.goes_on
        return self._shed(request) if answer is None else answer

    def _shed(self, request: WebRequest) -> Answer:
        SHED.inc()
        return self._refuse(request)

    def _serve(self, app: WSGIApplication) -> None:
        own_turn.set(self._turn)
        while True:
            work = self._next()
            if not work.take():
                continue
            answer_by.set(work.request.came_at + self._room.to_answer)
            try:
                answer = _call(app, work.request.environ)
            except BaseException as error:  # noqa: BLE001 - a thread that ended would be missing for good
                log.error("unexpected %s at %s", type(error).__name__, innermost(error))
                answer = FAILED
            work.answer.get_loop().call_soon_threadsafe(_settle, work.answer, answer)

    def _next(self) -> _Work:
        """The next piece of work. Each signal stands for one piece of work in one of the two queues."""
        self._arrived.get()
        try:
            return self._going_on.get_nowait()
        except Empty:
            return self._begun.get()


@dataclass(frozen=True, slots=True)
class _Work:
    """A request and the future of its answer. An answer of None says that the request has waited too long.

    Requests that begin something may wait behind others for as long as these come. So the event loop refuses a request
    when its time is over, and a thread serves it only if it takes it before that.
    """

    request: WebRequest
    answer: asyncio.Future[Answer | None]
    _taken: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Whether the caller is the first who takes this piece of work; it alone gives the answer."""
        return self._taken.acquire(blocking=False)

    def expire(self) -> None:
        """Refuses the request, unless a thread serves it."""
        if self.take():
            _settle(self.answer, None)


def _settle(future: asyncio.Future[Answer | None], answer: Answer | None) -> None:
    if not future.done():  # already cancelled when the process ends
        future.set_result(answer)


def lane_of(lanes: Iterable[Lane], path: str) -> Lane:
    """The first lane that serves an address; the last one serves all."""
    return next(lane for lane in lanes if lane.serves(path))


def _call(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        """WSGI's `start_response` (PEP 3333): keeps the status and the headers."""
        started.append((status, headers))
        return lambda _: None

    start: StartResponse = start_response
    parts = app(environ, start)
    try:
        content = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    status, headers = started[-1]
    return int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], content
