"""Callers that come whether or not the gateway keeps up: so many requests a second, over as many sockets as it takes."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

PATIENCE = 5.0
"""Seconds in which every request is to be answered, shed or refused."""
THINKS = 0.4
"""Seconds between a screen and what is typed."""
TYPED = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto {marker}", "1", "1")
"""A newcomer's report after dialling."""
REQUESTS = len(TYPED) + 1
"""Requests of a session."""


class Outcome(StrEnum):
    ANSWERED = "answered"
    SHED = "shed"
    """A last screen that asks to dial again or says that nothing was kept, or 503."""
    REFUSED = "refused"
    """No connection, or one that was closed."""
    LATE = "late"
    FAILED = "failed"


@dataclass
class Caller:
    """A newcomer in a session; `step` counts what has been typed."""

    number: int
    step: int = 0

    @property
    def marker(self) -> str:
        return f"m{self.number:07d}"

    def form(self) -> dict[str, str]:
        typed = "*".join(TYPED[: self.step]).format(marker=self.marker)
        return {"sessionId": f"open-{self.number}", "phoneNumber": f"+2237{self.number:07d}", "networkCode": "61001",
                "serviceCode": "*384*223#", "text": typed}  # fmt: skip


@dataclass
class OpenLoop:
    """USSD reports of newcomers and SMS, each at a rate of its own; what came of them is counted."""

    address: str
    ussd: str
    sms: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    """Seconds of the USSD requests that were answered."""
    filing: list[float] = field(default_factory=list)
    """Those of them that filed a report."""
    longest: float = 0.0
    """Seconds of the slowest request, whatever became of it."""
    references: dict[str, str] = field(default_factory=dict)
    """Of each report that was thanked for: its marker, and its reference."""
    sms_taken: set[str] = field(default_factory=set)
    sms_tries: int = 0
    clock: Callable[[], float] = time.monotonic
    """Seconds by which it is measured how long a request took."""
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _measured: tuple[float, float] = (0.0, math.inf)
    """From when until when a request is measured."""
    _ready: deque[tuple[float, Caller]] = field(default_factory=deque)
    _idle: list[_Wire] = field(default_factory=list)

    def run(self, rate: float, seconds: float, sms_rate: float = 0.0) -> None:
        """Sends `rate` requests a second, whatever becomes of them: whoever was shed is followed by a new caller.

        The first callers begin together, and so they all report together, again and again. Blocks until every request
        has its outcome and every SMS was taken.
        """
        asyncio.run(self._run(rate, seconds, sms_rate, self._request))

    def run_sessions(self, rate: float, seconds: float, sms_rate: float = 0.0) -> None:
        """Lets sessions begin evenly, so many that they come to `rate` requests a second. Blocks as `run` does.

        Only what is sent in the `seconds` after the first of them could end is measured.
        """
        lead_in = REQUESTS * THINKS
        self._measured = (time.monotonic() + lead_in, time.monotonic() + lead_in + seconds)
        asyncio.run(self._run(rate / REQUESTS, lead_in + seconds, sms_rate, self._session))

    async def _run(self, rate: float, seconds: float, sms_rate: float, do: Callable[[], Awaitable[None]]) -> None:
        await asyncio.gather(self._at_rate(rate, seconds, do), self._at_rate(sms_rate, seconds, self._write))
        for wire in self._idle:
            wire.close()
        self._idle.clear()

    @staticmethod
    async def _at_rate(rate: float, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        """Starts `do` at even distances, whether or not the one before has ended."""
        began, tasks = time.monotonic(), []
        for number in range(round(rate * seconds)):
            if (early := began + number / rate - time.monotonic()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.ensure_future(do()))
        await asyncio.gather(*tasks)

    async def _session(self) -> None:
        caller = Caller(next(self.numbers))
        while caller.step < REQUESTS and await self._step(caller):
            await asyncio.sleep(THINKS)

    async def _request(self) -> None:
        caller = self._next_caller()
        if await self._step(caller):
            self._ready.append((time.monotonic() + THINKS, caller))

    async def _step(self, caller: Caller) -> bool:
        """Sends a caller's next request; returns whether its session goes on."""
        begins, ends = self._measured
        is_measured = begins <= time.monotonic() < ends
        status, text, took = await self._post(self.ussd, caller.form())
        outcome = _outcome(status, text, took)
        is_report = outcome is Outcome.ANSWERED and "CCS-" in text
        if is_measured:
            self.longest = max(self.longest, took)
            self.outcomes[outcome] += 1
            if outcome is Outcome.ANSWERED:
                self.took.append(took)
            if is_report:
                self.filing.append(took)
        if is_report:
            self.references[caller.marker] = "CCS-" + text.partition("CCS-")[2].split(".")[0]
        caller.step += 1
        return outcome is Outcome.ANSWERED and text.startswith("CON ")

    def _next_caller(self) -> Caller:
        if self._ready and self._ready[0][0] <= time.monotonic():
            return self._ready.popleft()[1]
        return Caller(next(self.numbers))

    async def _write(self) -> None:
        """One SMS; its provider sends it again until it is taken."""
        number = next(self.numbers)
        marker = f"m{number:07d}"
        form = {"id": f"open-sms-{number}", "from": f"+2236{number:07d}", "to": "36223", "date": "",
                "text": f"on a volé ma moto à Lafiabougou {marker}"}  # fmt: skip
        for _ in range(60):
            self.sms_tries += 1
            status, _, took = await self._post(self.sms, form)
            self.longest = max(self.longest, took)
            if status == 200:
                self.sms_taken.add(marker)
                return
            await asyncio.sleep(1.0)

    async def _post(self, path: str, form: dict[str, str]) -> tuple[int, str, float]:
        """Status, text and seconds; status 0 is no answer."""
        began = self.clock()
        try:
            async with asyncio.timeout(2 * PATIENCE):
                wire = self._open_wire() or await self._connect()
                status, text = await wire.post(path, urlencode(form).encode())
        except (OSError, TimeoutError):
            return 0, "", self.clock() - began
        self._idle.append(wire)
        return status, text, self.clock() - began

    def _open_wire(self) -> _Wire | None:
        """The connection that was used last and is still open."""
        while self._idle:
            wire = self._idle.pop()
            if wire.is_open:
                return wire
        return None

    async def _connect(self) -> _Wire:
        url = urlsplit(self.address)
        _, wire = await asyncio.get_running_loop().create_connection(_Wire, str(url.hostname), int(url.port or 80))
        return wire


def _outcome(status: int, text: str, took: float) -> Outcome:
    if took > PATIENCE:
        return Outcome.LATE
    if status == 0:
        return Outcome.REFUSED
    if status == 503 or text.startswith(("END Trop de monde", "END Rien n'a été enregistré")):
        return Outcome.SHED
    return Outcome.ANSWERED if status == 200 and text.startswith(("CON ", "END CCS", "END Merci")) else Outcome.FAILED


class _Wire(asyncio.Protocol):
    """One HTTP/1.1 connection with one request at a time."""

    _transport: asyncio.Transport
    _answer: asyncio.Future[tuple[int, str]] | None = None
    _bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    async def post(self, path: str, body: bytes) -> tuple[int, str]:
        """Raises `ConnectionError` when the server closes the connection."""
        self._answer, self._bytes = asyncio.get_running_loop().create_future(), b""
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        self._transport.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._bytes += data
        head, separator, body = self._bytes.partition(b"\r\n\r\n")
        if not separator or self._answer is None or self._answer.done():
            return
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(body) >= length:
            self._answer.set_result((int(lines[0].split()[1]), body[:length].decode()))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())

    def close(self) -> None:
        self._transport.close()
