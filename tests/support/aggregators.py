"""Phones behind JSON aggregators, which pass on only the newest input, each in its provider's own form."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tests.support.phones import SERVICE_CODE, Phone

_ids = itertools.count(1)


@dataclass(frozen=True)
class NetworkRequest:
    """What the network knows about one USSD request; `number` counts the requests of a session from 1."""

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
    """How an aggregator speaks. `request` gives the method, the end of the address and the body of a request; `read`
    takes the screen's text from an answer, and whether the session ends; `counts` says whether requests are numbered.
    """

    name: str
    request: Callable[[NetworkRequest], tuple[str, str, dict[str, Any]]]
    read: Callable[[dict[str, Any]], tuple[str, bool]]
    counts: bool = False


def hubtel(ussd_request: NetworkRequest) -> tuple[str, str, dict[str, Any]]:
    body = {
        "Sequence": ussd_request.number,
        "Type": "Initiation" if ussd_request.first else "Response",
        "Message": ussd_request.code_or_typed,
        "ServiceCode": ussd_request.code.strip("*#"),
        "Operator": "orange",
        "ClientState": "",
        "Mobile": ussd_request.msisdn.removeprefix("+"),
        "SessionId": ussd_request.session,
        "Platform": "USSD",
    }
    return "POST", "", body


def arkesel(ussd_request: NetworkRequest) -> tuple[str, str, dict[str, Any]]:
    body = {
        "sessionID": ussd_request.session,
        "userID": "CCS",
        "newSession": ussd_request.first,
        "msisdn": ussd_request.msisdn.removeprefix("+"),
        "userData": ussd_request.code_or_typed,
        "network": "ORANGE",
    }
    return "POST", "", body


def nalo(ussd_request: NetworkRequest) -> tuple[str, str, dict[str, Any]]:
    body = {
        "USERID": "CCS",
        "MSISDN": ussd_request.msisdn.removeprefix("+"),
        "USERDATA": ussd_request.code_or_typed,
        "MSGTYPE": ussd_request.first,
        "NETWORK": "ORANGE",
        "SESSIONID": ussd_request.session,
    }
    return "POST", "", body


def beem(ussd_request: NetworkRequest) -> tuple[str, str, dict[str, Any]]:
    body = {
        "command": "initiate" if ussd_request.first else "continue",
        "msisdn": ussd_request.msisdn.removeprefix("+"),
        "session_id": ussd_request.session,
        "operator": "orange",
        "payload": {
            "request_id": ussd_request.number - 1,
            "response": "" if ussd_request.first else ussd_request.typed,
        },
    }
    return "POST", "", body


def infobip(ussd_request: NetworkRequest) -> tuple[str, str, dict[str, Any]]:
    event, method = ("start", "POST") if ussd_request.first else ("response", "PUT")
    body = {
        "msisdn": ussd_request.msisdn.removeprefix("+"),
        "shortCode": ussd_request.code,
        "text": "" if ussd_request.first else ussd_request.typed,
        "ussdNodeId": "node-1",
    }
    return method, f"/session/{ussd_request.session}/{event}", body


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
    """A phone whose aggregator sends only what was typed last. `wait` is called before each key: people type slowly."""

    def __init__(self, msisdn: str, http: Any, hooks: str, dialect: Dialect, wait: Callable[[], None]) -> None:
        super().__init__(msisdn, http, f"{hooks}/{dialect.name}/ussd", "")
        self.dialect, self._wait, self._last = dialect, wait, NetworkRequest("", msisdn, "", SERVICE_CODE, 1)
        self.answer: dict[str, Any] = {}

    def dial(self, code: str = SERVICE_CODE, text: str = "") -> str:
        self.session_id, self.text = f"{self.dialect.name}-{next(_ids):024d}", text
        self._last = NetworkRequest(self.session_id, self.msisdn, "", code, 1)
        return self.request()

    def type(self, *inputs: str) -> str:
        for typed in inputs:
            self._wait()
            self.text = f"{self.text}*{typed}" if self.text else typed
            self._last = NetworkRequest(self.session_id, self.msisdn, typed, self._last.code, self._last.number + 1)
            self.request()
        return self.screen

    def request(self, _: str = "") -> str:
        self.screen, self.ended = self.send(self._last)
        return self.screen

    def late(self) -> None:
        """The network delivers the last but one request again, after the last; the phone does not show the answer."""
        if self._last.number > 2:
            self.send(replace(self._last, number=self._last.number - 1))

    def send(self, ussd_request: NetworkRequest) -> tuple[str, bool]:
        """Sends a request, which may be an older one; returns the screen and whether the session ends."""
        method, path, body = self.dialect.request(ussd_request)
        got = self._http.open(self._ussd + path, method=method, json=body)  # type: ignore[attr-defined]
        assert got.status_code == 200, got.text
        assert got.content_type == "application/json"
        self.answer = got.get_json()
        return self.dialect.read(self.answer)
