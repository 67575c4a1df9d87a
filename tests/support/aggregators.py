"""Phones behind JSON aggregators that pass on the newest input alone, each with the request its provider sends."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tests.support.phones import SERVICE_CODE, Phone

_ids = itertools.count(1)


@dataclass(frozen=True)
class Hop:
    """What the network knows of one hop; `number` counts from 1."""

    session: str
    msisdn: str
    typed: str
    code: str
    number: int

    @property
    def first(self) -> bool:
        return self.number == 1

    @property
    def code_or_typed(self) -> str:
        return self.code if self.first else self.typed


@dataclass(frozen=True)
class Dialect:
    """`request` gives method, what follows the webhook's address, and the body; `read` the screen and whether it
    ends."""

    name: str
    request: Callable[[Hop], tuple[str, str, dict[str, Any]]]
    read: Callable[[dict[str, Any]], tuple[str, bool]]
    counts: bool = False


def hubtel(hop: Hop) -> tuple[str, str, dict[str, Any]]:
    body = {
        "Sequence": hop.number,
        "Type": "Initiation" if hop.first else "Response",
        "Message": hop.code_or_typed,
        "ServiceCode": hop.code.strip("*#"),
        "Operator": "orange",
        "ClientState": "",
        "Mobile": hop.msisdn.removeprefix("+"),
        "SessionId": hop.session,
        "Platform": "USSD",
    }
    return "POST", "", body


def arkesel(hop: Hop) -> tuple[str, str, dict[str, Any]]:
    body = {
        "sessionID": hop.session,
        "userID": "CCS",
        "newSession": hop.first,
        "msisdn": hop.msisdn.removeprefix("+"),
        "userData": hop.code_or_typed,
        "network": "ORANGE",
    }
    return "POST", "", body


def nalo(hop: Hop) -> tuple[str, str, dict[str, Any]]:
    body = {
        "USERID": "CCS",
        "MSISDN": hop.msisdn.removeprefix("+"),
        "USERDATA": hop.code_or_typed,
        "MSGTYPE": hop.first,
        "NETWORK": "ORANGE",
        "SESSIONID": hop.session,
    }
    return "POST", "", body


def beem(hop: Hop) -> tuple[str, str, dict[str, Any]]:
    body = {
        "command": "initiate" if hop.first else "continue",
        "msisdn": hop.msisdn.removeprefix("+"),
        "session_id": hop.session,
        "operator": "orange",
        "payload": {"request_id": hop.number - 1, "response": "" if hop.first else hop.typed},
    }
    return "POST", "", body


def infobip(hop: Hop) -> tuple[str, str, dict[str, Any]]:
    event, method = ("start", "POST") if hop.first else ("response", "PUT")
    body = {
        "msisdn": hop.msisdn.removeprefix("+"),
        "shortCode": hop.code,
        "text": "" if hop.first else hop.typed,
        "ussdNodeId": "node-1",
    }
    return method, f"/session/{hop.session}/{event}", body


DIALECTS = [
    Dialect("hubtel", hubtel, lambda got: (got["Message"], got["Type"] == "release"), counts=True),
    Dialect("arkesel", arkesel, lambda got: (got["message"], not got["continueSession"])),
    Dialect("nalo", nalo, lambda got: (got["MSG"], not got["MSGTYPE"])),
    Dialect("beem", beem, lambda got: (got["payload"]["request"], got["command"] == "terminate"), counts=True),
    Dialect("infobip", infobip, lambda got: (got["ussdMenu"], got["shouldClose"])),
]


class Http(Protocol):
    def open(self, path: str, *, method: str, json: dict[str, Any]) -> Any: ...


class NewestPhone(Phone):
    """A phone whose aggregator sends only what was typed last; `wait` is called before each key, as a thumb takes
    time."""

    def __init__(self, msisdn: str, http: Any, hooks: str, dialect: Dialect, wait: Callable[[], None]) -> None:
        super().__init__(msisdn, http, f"{hooks}/{dialect.name}/ussd", "")
        self.dialect, self._wait, self._last = dialect, wait, Hop("", msisdn, "", SERVICE_CODE, 1)
        self.answer: dict[str, Any] = {}

    def dial(self, code: str = SERVICE_CODE, text: str = "") -> str:
        self.session_id, self.text = f"{self.dialect.name}-{next(_ids):024d}", text
        self._last = Hop(self.session_id, self.msisdn, "", code, 1)
        return self.hop()

    def type(self, *inputs: str) -> str:
        for typed in inputs:
            self._wait()
            self.text = f"{self.text}*{typed}" if self.text else typed
            self._last = Hop(self.session_id, self.msisdn, typed, self._last.code, self._last.number + 1)
            self.hop()
        return self.screen

    def hop(self, _: str = "") -> str:
        self.screen, self.ended = self.send(self._last)
        return self.screen

    def late(self) -> None:
        """The hop before the last comes again, after it; the phone no longer shows its answer."""
        if self._last.number > 2:
            self.send(replace(self._last, number=self._last.number - 1))

    def send(self, hop: Hop) -> tuple[str, bool]:
        """Any hop, also one that is no longer the last."""
        method, path, body = self.dialect.request(hop)
        got = self._http.open(self._ussd + path, method=method, json=body)  # type: ignore[attr-defined]
        assert got.status_code == 200, got.text
        assert got.content_type == "application/json"
        self.answer = got.get_json()
        return self.dialect.read(self.answer)
