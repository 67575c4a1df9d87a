"""A phone for tests: it dials, types and writes, and sends the requests that a network would send."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import Protocol

SERVICE_CODE = "*384*223#"
_ids = itertools.count(1)


class Http(Protocol):
    def post(self, path: str, *, data: dict[str, str]) -> object: ...


class Phone:
    """A phone with one USSD session at a time; `text` is all that was typed in it, `screen` what the phone shows."""

    def __init__(self, msisdn: str, http: Http, ussd: str, sms: str) -> None:
        self.msisdn = msisdn
        self._http, self._ussd, self._sms = http, ussd, sms
        self.session_id = ""
        self.code = SERVICE_CODE
        self.text = ""
        self.screen = ""
        self.ended = False

    def dial(self, code: str = SERVICE_CODE, text: str = "") -> str:
        self.session_id, self.code, self.text = f"ATUid_{next(_ids):032d}", code, text
        return self.request()

    def type(self, *inputs: str) -> str:
        for typed in inputs:
            self.text = f"{self.text}*{typed}" if self.text else typed
            self.request()
        return self.screen

    def request(self, code: str = "") -> str:
        """Sends the current state of the session, once more if it was sent before, as networks sometimes do."""
        form = {
            "sessionId": self.session_id,
            "phoneNumber": self.msisdn,
            "networkCode": "61001",
            "serviceCode": code or self.code,
            "text": self.text,
        }
        answer = self._http.post(self._ussd, data=form)
        assert answer.status_code == 200, answer.text  # type: ignore[attr-defined]
        kind, _, self.screen = answer.text.partition(" ")  # type: ignore[attr-defined]
        assert kind in ("CON", "END")
        self.ended = kind == "END"
        return self.screen

    def write(self, text: str, id: str | None = None) -> int:
        """Sends an SMS; returns the HTTP status of the answer."""
        form = {
            "id": id or f"ATSms_{next(_ids)}",
            "from": self.msisdn,
            "to": "36223",
            "text": text,
            "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "linkId": "",
            "networkCode": "61001",
        }
        status: int = self._http.post(self._sms, data=form).status_code  # type: ignore[attr-defined]
        return status

    def erase(self) -> None:
        """Erases the number over USSD, as a citizen who has not chosen a language yet."""
        self.dial()
        self.type("1", "5", "2", "1")
        assert self.screen.startswith("Votre numéro est effacé"), self.screen

    def report(self, place: str = "lafiabougou", words: str = "on a volé ma moto hier", answerable: str = "1") -> str:
        """Reports in French over USSD as a newcomer; returns the reference that the last screen shows."""
        self.dial()
        self.type("1", "1", "2", "1", place, "1", words, answerable, "1")
        assert self.ended, self.screen
        return reference_in(self.screen)


def reference_in(text: str) -> str:
    """The first reference of a concern in a text."""
    reference = re.search(r"CCS-[2-9A-HJKMNP-Z]{4}(?:-[2-9A-HJKMNP-Z]{4})?", text)
    assert reference, text
    return reference[0]


def code_in(text: str) -> str:
    """The code of six digits in an SMS that asks for a confirmation."""
    code = re.search(r"EFFACER (\d{6})", text)
    assert code, text
    return code[1]
