"""A stand-in for Africa's Talking: it takes the same form, answers the same JSON, and sends delivery reports later.

It follows the facts in docs/providers.md. It keeps the SMS that it gets only in memory.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from config.money import Money
from flows.screen import count_segments

KEPT = 200
"""SMS that a phone remembers."""
SLOWER_THAN_THE_SDK = 13.0
"""Seconds; the SDK gives up after 9."""
_NUMBER = re.compile(r"\+\d{4,15}")

log = logging.getLogger(__name__)


class Mood(StrEnum):
    """How the stand-in behaves: well, or failing the way providers fail."""

    WELL = "well"
    REFUSES_REQUEST = "refuses_request"
    REFUSES_RECIPIENT = "refuses_recipient"
    BLACKLISTS = "blacklists"
    NEVER_DELIVERS = "never_delivers"
    ANSWERS_TOO_LATE = "answers_too_late"
    SHUFFLES_REPORTS = "shuffles_reports"


@dataclass(frozen=True, slots=True)
class PhoneSms:
    """An SMS as it lies on a phone; `price` as people write it, `at` in seconds since 1970."""

    id: str
    sender: str
    text: str
    parts: int
    price: str
    at: float


@dataclass
class StandIn:
    """`report_to` is the gateway's delivery webhook; reports go there `delay` seconds after a message is taken."""

    report_to: Callable[[], str]
    price: Callable[[int], Money]
    """The price of an SMS of that many parts."""
    delay: float = 1.5
    mood: Mood = Mood.WELL
    _inboxes: dict[str, deque[PhoneSms]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=KEPT)))
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reporter: Reporter | None = None

    def take(self, form: Mapping[str, str], api_key: str | None) -> tuple[dict[str, Any] | str, int]:
        """One call of `POST …/version1/messaging`: the answer's body and status."""
        if not api_key:
            return "The supplied authentication is invalid", 401
        if self.mood is Mood.REFUSES_REQUEST:
            return "Internal Server Error", 500
        message, numbers = (
            form.get("message", ""),
            [recipient for recipient in form.get("to", "").split(",") if recipient],
        )
        if not message or not numbers or not form.get("username"):
            return "Request is missing required form field", 400
        recipients = [self._recipient(number, message, form.get("from", "")) for number in numbers]
        if self.mood is Mood.ANSWERS_TOO_LATE:
            time.sleep(SLOWER_THAN_THE_SDK)
        taken = [recipient for recipient in recipients if recipient["statusCode"] == 101]
        total = self.price(len(taken) * count_segments(message))
        summary = f"Sent to {len(taken)}/{len(recipients)} Total Cost: {total.currency} {total.decimal}"
        return {"SMSMessageData": {"Message": summary, "Recipients": recipients}}, 201

    def _recipient(self, number: str, message: str, sender: str) -> dict[str, Any]:
        refusal = {
            Mood.REFUSES_RECIPIENT: (502, "RejectedByGateway"),
            Mood.BLACKLISTS: (406, "UserInBlacklist"),
        }.get(self.mood)
        if not _NUMBER.fullmatch(number):
            refusal = (403, "InvalidPhoneNumber")
        if refusal:
            code, status = refusal
            return {"statusCode": code, "number": number, "status": status, "cost": "0", "messageId": "None"}
        count = count_segments(message)
        price = self.price(count)
        with self._lock:
            id = f"ATXid_{next(self._ids)}_{time.time_ns():x}"
            if self.mood is not Mood.NEVER_DELIVERS:
                self._inboxes[number].append(PhoneSms(id, sender or "CCS", message, count, str(price), time.time()))
        self._report(id, number)
        cost = f"{price.currency} {price.decimal:.4f}"
        return {"statusCode": 101, "number": number, "status": "Success", "cost": cost, "messageId": id}

    def inbox(self, number: str) -> list[PhoneSms]:
        """The SMS that lie on a phone, oldest first."""
        with self._lock:
            return list(self._inboxes.get(number, ()))

    def _report(self, id: str, number: str) -> None:
        fields = {"id": id, "phoneNumber": number, "networkCode": "61001", "retryCount": "0"}
        last = {"status": "Success"}
        if self.mood is Mood.NEVER_DELIVERS:
            last = {"status": "Failed", "failureReason": "DeliveryFailure"}
        with self._lock:
            if self._reporter is None:
                self._reporter = Reporter(self.report_to)
                self._reporter.start()
        early, late = fields | {"status": "Sent"}, fields | last
        if self.mood is Mood.SHUFFLES_REPORTS:
            self._reporter.put(self.delay / 2, late)
            early, late = late, early
        self._reporter.put(self.delay / 2, early)
        self._reporter.put(self.delay, late)


class Reporter(threading.Thread):
    """Posts delivery reports when their time has come, one after the other."""

    def __init__(self, report_to: Callable[[], str]) -> None:
        super().__init__(name="delivery reports", daemon=True)
        self._report_to = report_to
        self._due: list[tuple[float, int, dict[str, str]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._http = urllib3.PoolManager(retries=False)

    def put(self, delay: float, report: dict[str, str]) -> None:
        """Posts a report in `delay` seconds."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + delay, next(self._order), report))
            self._changed.notify()

    def run(self) -> None:
        """Posts what is due, until the process ends."""
        while True:
            with self._changed:
                while not self._due:
                    self._changed.wait()
                wait = self._due[0][0] - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                _, _, report = heapq.heappop(self._due)
            try:
                self._http.request("POST", self._report_to(), fields=report, encode_multipart=False, timeout=5)
            except HTTPError as error:
                log.warning("a delivery report was not taken: %s", type(error).__name__)
