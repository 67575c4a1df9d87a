"""Connections that wait for a caller's bytes: how long each may take, and how many a caller may hold."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.settings import Network
from gateway.runtime.addresses import caller_of, counted_as, within


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that the server waits for a caller's bytes, and how many sockets may wait."""

    quiet: float = 5.0
    """Without a byte, in the middle of a request."""
    head: float = 10.0
    """For the request line and the headers in all."""
    webhook_body: float = 10.0
    page_body: float = 120.0
    """For the whole body; the caller of a page may have a slow network."""
    idle: int = 65
    """Between two requests: more than the 60 seconds that a proxy keeps a connection open for its next one."""
    of_one_caller: int = 100
    in_all: int = 4000


class Waits(Enum):
    """What a connection waits for. After a whole request it waits for nothing: the server has to answer."""

    FIRST = auto()
    HEAD = auto()
    BODY = auto()
    NEXT = auto()


class WaitingRoom:
    """The connections that wait for bytes, the longest waiting first.

    A caller with too many loses the one that has waited longest. A whole request arrives in milliseconds, so this is
    the socket of a slow sender, even if both send from the same address.
    """

    def __init__(self, patience: Patience, trusted_proxies: tuple[Network, ...]) -> None:
        self.patience, self.trusted_proxies = patience, trusted_proxies
        self._callers: dict[PatientProtocol, str] = {}
        self._of_caller: dict[str, dict[PatientProtocol, None]] = {}

    def enter(self, patient_protocol: PatientProtocol, caller: str) -> None:
        """Adds a connection. `caller` is empty for a trusted proxy, whose own sockets are not counted by caller."""
        self.leave(patient_protocol)
        self._callers[patient_protocol] = caller
        if caller:
            mates = self._of_caller.setdefault(caller, {})
            mates[patient_protocol] = None
            if len(mates) > self.patience.of_one_caller:
                next(iter(mates)).drop()

    def leave(self, patient_protocol: PatientProtocol) -> None:
        """Takes a connection off the list: it does not wait for bytes now."""
        caller = self._callers.pop(patient_protocol, "")
        if caller:
            mates = self._of_caller[caller]
            del mates[patient_protocol]
            if not mates:
                del self._of_caller[caller]

    def make_place(self) -> None:
        """Drops the connection that has waited longest, when there are too many in all."""
        if first := next(iter(self._callers), None):
            first.drop()

    async def sweep(self) -> None:
        """Closes the connections whose time is over; uvicorn calls it every second."""
        now = asyncio.get_running_loop().time()
        for late in [waiting for waiting in self._callers if waiting.is_late(now)]:
            late.drop()


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, with time limits for the caller."""

    room: ClassVar[WaitingRoom]
    waits: Waits | None = None
    since = heard = allowed = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Waits for a first request. Makes place if there are too many connections."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        self.peer = address
        self.caller = "" if within(address, self.room.trusted_proxies) else counted_as(address)
        self._wait(Waits.FIRST, self.room.patience.head)
        if len(self.connections) > self.room.patience.in_all:
            self.room.make_place()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection leaves the waiting room."""
        self.room.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Notes the time of the last bytes."""
        self.heard = self.loop.time()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Waits for the headers."""
        self._wait(Waits.HEAD, self.room.patience.head)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Waits for the body: of a webhook, or of a page."""
        super().on_headers_complete()
        patience = self.room.patience
        is_webhook = self.scope["path"].startswith("/hooks/")
        self._wait(Waits.BODY, patience.webhook_body if is_webhook else patience.page_body)

    def on_message_complete(self) -> None:
        """The request is whole: the connection waits for nothing."""
        super().on_message_complete()
        self.waits = None
        self.room.leave(self)

    def on_response_complete(self) -> None:
        """Waits for the next request, unless it has come already."""
        super().on_response_complete()
        if self.waits is None and self.cycle.response_complete:  # else another request has come already
            self._wait(Waits.NEXT, self.room.patience.idle + 10)

    def shutdown(self) -> None:
        """Gives a body that is still coming one more second."""
        super().shutdown()
        if self.waits is Waits.BODY:
            self.loop.call_later(1.0, self._end_waiting)

    def is_late(self, now: float) -> bool:
        """Whether the caller has taken too long; `now` is the event loop's time."""
        is_quiet = self.waits in (Waits.HEAD, Waits.BODY) and now - self.heard > self.room.patience.quiet
        return is_quiet or now - self.since > self.allowed

    def drop(self) -> None:
        """Closes the connection at once, without waiting for bytes that are not sent yet."""
        self.room.leave(self)
        self.transport.abort()

    def _end_waiting(self) -> None:
        if self.waits is Waits.BODY:
            self.drop()

    def _wait(self, what: Waits, allowed: float) -> None:
        self.waits, self.since, self.allowed = what, self.loop.time(), allowed
        caller = self.caller
        if what is Waits.BODY and not caller:
            named = [value.decode("latin-1") for name, value in self.headers if name == b"x-forwarded-for"]
            caller = counted_as(caller_of(self.peer, ",".join(named), self.room.trusted_proxies))
        self.room.enter(self, caller)


def protocol(room: WaitingRoom) -> type[PatientProtocol]:
    """The class whose connections wait in `room`."""
    members: dict[str, Any] = {"room": room}
    return type("RoomProtocol", (PatientProtocol,), members)
