"""Orange's SMS API for Africa and the Middle East, which covers Mali: SMS both ways and receipts, no USSD.

docs/providers.md has the facts about it, and those that a deployment must confirm.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from urllib.parse import quote

import requests

from flows.msisdn import Msisdn
from flows.screen import Screen
from gateway.providers.base import (
    CALLS_AT_ONCE,
    LONGEST_ID,
    BadRequest,
    DeliveryReport,
    Form,
    InboundSms,
    MeansNothing,
    NotSent,
    OptOut,
    PerhapsSent,
    Sent,
    Shown,
    UssdRequest,
)
from gateway.providers.connections import Connections
from gateway.providers.failures import SAYS_NOTHING, failure
from gateway.providers.fields import moment_in, needed, number_if_any, number_in, state_in, text_in
from storage.enumerations import MessageState

NAME = "orange"
ADDRESS = "https://api.orange.com"
TIMEOUT = (3.05, 9.05)
"""Seconds to connect and to wait for the answer."""
RENEWED_BEFORE = 60.0
"""Seconds before its end that a token is renewed, so that it does not end while a message is on its way."""
MENDABLE = frozenset({401, 402, 403, 408, 429})
"""A wrong login, an empty bundle, too many requests: a person or time can correct it, so the message is kept."""

DELIVERY = {
    "DeliveredToTerminal": MessageState.DELIVERED,
    "DeliveredToNetwork": MessageState.SENT,
    "DeliveredToGateway": MessageState.SENT,
    "DeliveryNotificationNotSupported": MessageState.SENT,
    "DeliveryUncertain": MessageState.SENT,
    "MessageWaiting": MessageState.SENT,
    "DeliveryImpossible": MessageState.FAILED,
}
IN = "inboundSMSMessageNotification.inboundSMSMessage"
REPORT = "deliveryInfoNotification"
MOST_OF_A_LIST = 20


class Orange:
    """The adapter; `sender` is the number that Orange gave for the country (`+2230000` in Mali), `shown_as` the name.

    `clock` is `time.monotonic`, except in tests.
    """

    name = NAME
    methods = frozenset({"POST"})
    reads_path = False
    rate: float | None = 5
    calls_at_once = CALLS_AT_ONCE
    gives_own_ids = False
    reads_bytes = False
    gives_receipts = True

    def __init__(
        self,
        login: tuple[str, str],
        sender: str,
        shown_as: str = "",
        address: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login, self._sender, self._shown_as = login, f"tel:{sender}", shown_as
        self._address = (address or ADDRESS).rstrip("/")
        self._clock = clock
        self._http = Connections()
        self._token, self._until = "", 0.0

    def read_ussd(self, form: Form, country: str) -> UssdRequest:
        """Raises `BadRequest`: Orange's SMS API carries no USSD."""
        raise BadRequest("orange carries no USSD here")

    def show(self, screen: Screen, form: Form) -> Shown:
        """Returns the text alone; used only to answer a misdirected USSD request."""
        return Shown(screen.text)

    def show_end(self, form: Form) -> Shown:
        """Returns an empty body."""
        return Shown("")

    def read_sms(self, form: Form, country: str) -> list[InboundSms]:
        """Reads `inboundSMSMessageNotification.inboundSMSMessage`, one message or a list."""
        return [self._sms_at(form, place, country) for place in _places(form, IN)]

    def _sms_at(self, form: Form, place: str, country: str) -> InboundSms:
        sender, text = number_in(form, f"{place}.senderAddress", country), text_in(form, f"{place}.message")
        if form.get(f"{place}.messageId", "").strip():
            id = needed(form, f"{place}.messageId")
        elif text.strip():
            # Without an id, sender, time and text identify the message.
            id = _mark(sender, form.get(f"{place}.dateTime", ""), text)
        else:
            raise BadRequest("messageId and message are missing")
        return InboundSms(self.name, id, sender, text, sent_at=moment_in(form, f"{place}.dateTime"))

    def read_delivery(self, form: Form, country: str) -> list[DeliveryReport]:
        """Reads the reports, by `callbackData` if it is there, else by the number; skips unknown ones."""
        id = needed(form, f"{REPORT}.callbackData") if form.get(f"{REPORT}.callbackData", "").strip() else None
        reports: list[DeliveryReport] = []
        meaningless: MeansNothing | None = None
        for place in _places(form, f"{REPORT}.deliveryInfo"):
            number = number_if_any(form, f"{place}.address", country)
            try:
                state = state_in(form, f"{place}.deliveryStatus", DELIVERY)
            except MeansNothing as unknown:
                meaningless = unknown
                continue
            if id is None and number is None:
                meaningless = MeansNothing("callbackData is empty and address no phone number")
                continue
            status = form[f"{place}.deliveryStatus"].strip()
            reason = status if state is MessageState.FAILED else None
            reports.append(DeliveryReport(self.name, id, state, reason, number))
        if not reports and meaningless:
            raise meaningless
        return reports

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        """Raises `BadRequest`: Orange sends no notice of an opt-out."""
        raise BadRequest("orange gives no notice of an opt-out: people write STOP")

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """Sends one SMS; if the token was withdrawn, once more with a new one. Raises `NotSent` or `PerhapsSent`."""
        answer = self._post(to, text)
        if answer.status_code == 401:
            self._until = 0.0  # withdrawn early: try once more with a new one
            answer = self._post(to, text)
        if 200 <= answer.status_code < 300:
            return Sent(_id_in(answer))
        if answer.status_code in SAYS_NOTHING:
            raise PerhapsSent
        again = answer.status_code in MENDABLE or answer.status_code >= 500
        raise NotSent(f"refused by orange ({answer.status_code})", again=again)

    def _post(self, to: Msisdn, text: str) -> requests.Response:
        asked: dict[str, object] = {
            "address": f"tel:{to}",
            "senderAddress": self._sender,
            "outboundSMSTextMessage": {"message": text},
        }
        if self._shown_as:
            asked["senderName"] = self._shown_as
        token = self._valid_token()
        try:
            return self._http.request(
                "POST",
                f"{self._address}/smsmessaging/v1/outbound/{quote(self._sender, safe='')}/requests",
                json={"outboundSMSMessageRequest": asked},
                headers={"Authorization": f"Bearer {token}"},
                timeout=TIMEOUT,
            )
        except requests.RequestException as error:
            raise failure(error) from None

    def _valid_token(self) -> str:
        if self._clock() < self._until - RENEWED_BEFORE:
            return self._token
        try:
            answer = self._http.request(
                "POST",
                f"{self._address}/oauth/v3/token",
                data={"grant_type": "client_credentials"},
                auth=self._login,
                timeout=TIMEOUT,
            )
            granted = answer.json() if answer.status_code == 200 else {}
            token, lasts = str(granted["access_token"]), float(granted["expires_in"])
        except (requests.RequestException, ValueError, KeyError, TypeError):
            raise NotSent("orange gave no token", again=True) from None
        self._token, self._until = token, self._clock() + lasts
        return token


def _places(form: Form, path: str) -> list[str]:
    """The paths of one or several objects: `path` itself, or the entries of a list there."""
    listed = [f"{path}.{index}" for index in range(MOST_OF_A_LIST)]
    return [place for place in listed if any(name.startswith(f"{place}.") for name in form)] or [path]


def _mark(*told: str) -> str:
    return "mark-" + hashlib.sha256("\0".join(told).encode("utf-8", "replace")).hexdigest()[:40]


def _id_in(answer: requests.Response) -> str:
    """The last segment of the resource's address. Raises `PerhapsSent` if the answer has none."""
    try:
        address = answer.json()["outboundSMSMessageRequest"]["resourceURL"]
    except (ValueError, KeyError, TypeError):
        try:
            address = answer.json()["resourceURL"]
        except (ValueError, KeyError, TypeError):
            raise PerhapsSent from None
    return str(address).rstrip("/").rpartition("/")[2][:LONGEST_ID]
