"""Africa's Talking: USSD, SMS both ways and delivery reports, through its own SDK.

docs/providers.md has the facts about its requests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import requests
from africastalking.Service import AfricasTalkingException
from africastalking.SMS import SMSService

from config.money import read_price
from flows.msisdn import Msisdn
from flows.screen import Screen
from gateway.providers.base import (
    CALLS_AT_ONCE,
    LONGEST_ID,
    LONGEST_TYPED,
    DeliveryReport,
    Form,
    InboundSms,
    NotSent,
    OptOut,
    PerhapsSent,
    Sent,
    Shown,
    UssdRequest,
)
from gateway.providers.connections import Connections
from gateway.providers.failures import SAYS_NOTHING, failure
from gateway.providers.fields import moment_in, needed, number_if_any, number_in, number_of_event, state_in, text_in
from gateway.providers.wrapping import unwrapped
from storage.enumerations import MessageState

NAME = "africastalking"
TIMEOUT = (3.05, 9.05)
"""Seconds to connect and to wait for the answer: the SDK's own, stated here."""

DELIVERY = {
    "Success": MessageState.DELIVERED,
    "Sent": MessageState.SENT,
    "Submitted": MessageState.SENT,
    "Buffered": MessageState.SENT,
    "Rejected": MessageState.FAILED,
    "Failed": MessageState.FAILED,
    "Expired": MessageState.FAILED,
    "AbsentSubscriber": MessageState.FAILED,
}

ACCEPTED = frozenset({100, 101, 102})
REFUSED_FOR_GOOD = {
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
}
REFUSED_FOR_NOW = {
    405: "InsufficientBalance",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}


class _Sms(SMSService):  # type: ignore[misc]
    """The SDK's service, with two changes: it looks at the HTTP status, which the SDK's errors do not have, and it uses
    connections again.

    The overriding method has the mangled name of a private method of the SDK.
    """

    def __init__(self, username: str, api_key: str) -> None:
        super().__init__(username, api_key)
        self._connections = Connections()

    def _Service__make_post_request(self, callback: object = None, **asked: Any) -> requests.Response:
        """Raises `PerhapsSent` if a proxy answers that the provider behind it did not."""
        answer = self._connections.request("POST", **asked | {"timeout": TIMEOUT})
        if answer.status_code in SAYS_NOTHING:
            raise PerhapsSent
        return answer


class AfricasTalking:
    """The adapter. If `api_url` is empty, it calls Africa's Talking itself, otherwise a stand-in with the same API."""

    name = NAME
    methods = frozenset({"POST"})
    reads_path = False
    rate: float | None = None
    calls_at_once = CALLS_AT_ONCE
    gives_own_ids = False
    reads_bytes = False
    gives_receipts = True
    most_recipients = 100

    def __init__(self, username: str, api_key: str, sender_id: str = "", api_url: str = "") -> None:
        self._sms = _Sms(username, api_key)
        self._sender_id = sender_id or None
        if api_url:
            # The SDK has no setting for its address; the service object's own field is the only way.
            self._sms._baseUrl = f"{api_url.rstrip('/')}/version1"

    def read_ussd(self, form: Form, country: str) -> UssdRequest:
        """Reads `sessionId`, `phoneNumber`, `serviceCode` and `text`, which holds all input so far."""
        return UssdRequest(
            provider=self.name,
            session_id=needed(form, "sessionId"),
            msisdn=number_in(form, "phoneNumber", country),
            service_code=needed(form, "serviceCode"),
            typed=unwrapped(form.get("text", ""))[:LONGEST_TYPED],
        )

    def show(self, screen: Screen, form: Form) -> Shown:
        """Begins with `CON` if the session continues, with `END` if it ends."""
        return Shown(f"{'END' if screen.ends else 'CON'} {screen.text}")

    def show_end(self, form: Form) -> Shown:
        """Returns an empty body."""
        return Shown("")

    def read_sms(self, form: Form, country: str) -> list[InboundSms]:
        """Reads `from`, `text`, `id` and `date`; the provider has joined long messages."""
        sender, text = number_in(form, "from", country), text_in(form, "text")
        return [InboundSms(self.name, needed(form, "id"), sender, text, sent_at=moment_in(form, "date"))]

    def read_delivery(self, form: Form, country: str) -> list[DeliveryReport]:
        """Reads `id`, `status`, `failureReason` and, if present, `phoneNumber`."""
        id, state = needed(form, "id"), state_in(form, "status", DELIVERY)
        reason = re.sub(r"\W", "", form.get("failureReason", ""))[:80] or None
        return [DeliveryReport(self.name, id, state, reason, number_if_any(form, "phoneNumber", country))]

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        """Reads `phoneNumber`."""
        return OptOut(self.name, number_of_event(form, "phoneNumber", country))

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        """Sends to one number; the provider gives the id. Raises `NotSent` or `PerhapsSent`."""
        [result] = self.send_many([to], text)
        if not isinstance(result, Sent):
            raise result
        return result

    def send_many(self, to: Sequence[Msisdn], text: str) -> list[Sent | NotSent | PerhapsSent]:
        """Returns the answer about each number: the request can have status 201 although some recipients failed."""
        try:
            answer = self._sms.send(text, list(to), sender_id=self._sender_id)
        except ValueError:
            raise NotSent("InvalidPhoneNumber", again=False) from None
        except requests.RequestException as error:
            raise failure(error) from None
        except AfricasTalkingException:
            # Any other status outside 2xx: the provider says that it did not take the request.
            raise NotSent("refused by the provider", again=True) from None
        return [_result(recipient) for recipient in _recipients(answer, to)]


def _recipients(answer: object, to: Sequence[Msisdn]) -> list[object]:
    """What the answer says about each number; None for a number that it does not name. Raises `PerhapsSent`.

    If there was one number, the only answer is about it, however it writes the number.
    """
    try:
        told: list[Any] = answer["SMSMessageData"]["Recipients"]  # type: ignore[index]
        if len(to) == 1:
            return [told[0]]
        by_number = {str(recipient["number"]): recipient for recipient in told}
    except (KeyError, IndexError, TypeError):
        raise PerhapsSent from None
    return [by_number.get(number) for number in to]


def _result(recipient: Any) -> Sent | NotSent | PerhapsSent:
    try:
        status = int(recipient["statusCode"])
    except (KeyError, TypeError, ValueError):
        return PerhapsSent()
    if status in ACCEPTED:
        return Sent(str(recipient.get("messageId", ""))[:LONGEST_ID], read_price(str(recipient.get("cost", ""))))
    if status in REFUSED_FOR_NOW:
        return NotSent(REFUSED_FOR_NOW[status], again=True)
    return NotSent(REFUSED_FOR_GOOD.get(status, f"status {status}"), again=False)
