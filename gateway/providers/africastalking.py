"""Africa's Talking: USSD, SMS both ways and delivery reports, through its own SDK.

Reads like the provider's documentation; the facts stand in docs/providers.md.
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
    """The SDK's service. What it raises for an answer outside 2xx has no status, so the status is looked at here, and
    its connections are used again.

    The method's name is what Python makes of the SDK's private one.
    """

    def __init__(self, username: str, api_key: str) -> None:
        super().__init__(username, api_key)
        self._connections = Connections()

    def _Service__make_post_request(self, callback: object = None, **asked: Any) -> requests.Response:
        """Raises `PerhapsSent` for a proxy's word that the answer of the provider behind it did not come."""
        answer = self._connections.request("POST", **asked | {"timeout": TIMEOUT})
        if answer.status_code in SAYS_NOTHING:
            raise PerhapsSent
        return answer


class AfricasTalking:
    """The adapter; `api_url` empty is Africa's Talking itself, else a stand-in that speaks the same."""

    name = NAME
    methods = frozenset({"POST"})
    reads_path = False
    rate: float | None = None
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
        return UssdRequest(
            provider=self.name,
            session_id=needed(form, "sessionId"),
            msisdn=number_in(form, "phoneNumber", country),
            service_code=needed(form, "serviceCode"),
            typed=unwrapped(form.get("text", ""))[:LONGEST_TYPED],
        )

    def show(self, screen: Screen, form: Form) -> Shown:
        return Shown(f"{'END' if screen.ends else 'CON'} {screen.text}")

    def show_end(self, form: Form) -> Shown:
        return Shown("")

    def read_sms(self, form: Form, country: str) -> list[InboundSms]:
        sender, text = number_in(form, "from", country), text_in(form, "text")
        return [InboundSms(self.name, needed(form, "id"), sender, text, sent_at=moment_in(form, "date"))]

    def read_delivery(self, form: Form, country: str) -> list[DeliveryReport]:
        id, state = needed(form, "id"), state_in(form, "status", DELIVERY)
        reason = re.sub(r"\W", "", form.get("failureReason", ""))[:80] or None
        return [DeliveryReport(self.name, id, state, reason, number_if_any(form, "phoneNumber", country))]

    def read_opt_out(self, form: Form, country: str) -> OptOut:
        return OptOut(self.name, number_of_event(form, "phoneNumber", country))

    def send(self, to: Msisdn, text: str, own_id: str) -> Sent:
        [result] = self.send_many([to], text)
        if not isinstance(result, Sent):
            raise result
        return result

    def send_many(self, to: Sequence[Msisdn], text: str) -> list[Sent | NotSent | PerhapsSent]:
        """The whole request can be 201 while some of its recipients failed."""
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
    """What the answer says of each number; None of one that it does not name. Raises `PerhapsSent`.

    The answer about a single number is the one that there is, however it writes the number.
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
