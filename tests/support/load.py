"""Citizens and a provider that keep sending during faults, and remember what was answered with success."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

import requests

REST = 1.0
"""Seconds between two events of a sender that has no hurry."""


class Target(Protocol):
    """The gateway that a load is sent to. `duplicate` says whether networks send everything twice now."""

    duplicate: bool

    def hook_address(self, hook: str) -> str:
        """The whole address of a webhook, for the next request."""


@dataclass
class Load:
    """Citizens and a provider that send until `stopping` is set."""

    stack: Target
    accepted: dict[str, str] = field(default_factory=dict)
    """The marker of each report that was answered with success, and the fault during which it was sent."""
    references: dict[str, str] = field(default_factory=dict)
    """The reference that a USSD report was answered with, by the marker."""
    receipts: set[tuple[str, str]] = field(default_factory=set)
    """The message id and state of each delivery report that was answered with success."""
    events: int = 0
    unanswered: dict[str, int] = field(default_factory=dict)
    """How many events failed during each fault."""
    now: str = "before"
    hurries_until: int | None = None
    """The number of events after which senders rest between two events. None: they never rest."""
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, at: int, of: int) -> None:
        """Runs one of several senders: SMS, USSD reports and receipts in turn, each with a number of its own."""
        http = requests.Session()
        for number in range(at, 10**7, of):
            self._rest()
            if self.stopping.is_set():
                return
            kind = number // of % 3
            if kind == 0:
                self._sms(http, number)
            elif kind == 1:
                self._report(http, number)
            else:
                self._receipt(http, number)

    def hurry(self, events: int) -> int:
        """Lets senders send so many more events without a rest; returns the number of events that there are then."""
        self.hurries_until = self.events + events
        return self.hurries_until

    def _rest(self) -> None:
        until = time.monotonic() + REST
        while self.hurries_until is not None and self.events >= self.hurries_until and time.monotonic() < until:
            if self.stopping.wait(0.02):
                return

    def wait_for(self, events: int) -> None:
        """Waits until so many events have been sent; fails if no event is sent for two minutes."""
        last, since = self.events, time.monotonic()
        while self.events < events:
            if self.events != last:
                last, since = self.events, time.monotonic()
            assert time.monotonic() - since < 120, "the load has come to a stand"
            time.sleep(0.05)

    def _post(self, http: requests.Session, hook: str, data: dict[str, str]) -> requests.Response | None:
        """Sends one event, twice if networks duplicate now; returns None if it was not answered with 200."""
        with self.lock:
            self.events += 1
        address = self.stack.hook_address(hook)
        try:
            if self.stack.duplicate:
                http.post(address, data=data, timeout=20)
            answer = http.post(address, data=data, timeout=20)
        except requests.RequestException:
            answer = None
        if answer is None or answer.status_code != 200:
            with self.lock:
                self.unanswered[self.now] = self.unanswered.get(self.now, 0) + 1
            return None
        return answer

    def _sms(self, http: requests.Session, number: int) -> None:
        """Sends an SMS, and again until it is accepted, as a provider does."""
        marker = f"m{number:07d}"
        form = {"id": f"sms-{number}", "from": f"+2237{number:07d}", "to": "36223", "date": "",
                "text": f"on a volé ma moto à Lafiabougou {marker}"}  # fmt: skip
        for _ in range(60):
            if self._post(http, "sms", form):
                with self.lock:
                    self.accepted[marker] = self.now
                return
            time.sleep(0.5)

    def _report(self, http: requests.Session, number: int) -> None:
        """Reports as a newcomer; a request without an answer is sent once more, then the citizen gives up."""
        marker = f"m{number:07d}"
        typed = ("1", "1", "2", "1", "lafiabougou", "1", f"on a volé ma moto {marker}", "1", "1")
        form = {"sessionId": f"chaos-{number}", "phoneNumber": f"+2237{number:07d}", "networkCode": "61001",
                "serviceCode": "*384*223#", "text": ""}  # fmt: skip
        answer = self._post(http, "ussd", form)
        for at in range(1, len(typed) + 1):
            form["text"] = "*".join(typed[:at])
            answer = self._post(http, "ussd", form) or self._post(http, "ussd", form)
            if answer is None:
                return
        if answer is not None and "CCS-" in answer.text:
            reference = answer.text.partition("CCS-")[2].split(".")[0]
            with self.lock:
                self.accepted[marker] = self.now
                self.references[marker] = f"CCS-{reference}"

    def _receipt(self, http: requests.Session, number: int) -> None:
        form = {"id": f"receipt-{number}", "status": "Success" if number % 2 else "Sent", "phoneNumber": ""}
        del form["phoneNumber"]
        if self._post(http, "delivery", form):
            with self.lock:
                self.receipts.add((form["id"], "delivered" if number % 2 else "sent"))
