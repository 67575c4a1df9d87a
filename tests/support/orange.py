"""A stand-in for Orange's SMS API: tokens that expire, one recipient a request, receipts that the test sends."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request

from tests.support.servers import free_port, served

LOGIN = ("client", "secret of the tests")
SENDER = "+2230000"


@dataclass
class OrangeStandIn:
    """`valid` are the tokens that it accepts; `answers` are the statuses that refuse the next messages, in order."""

    address: str = ""
    valid: list[str] = field(default_factory=list)
    given: int = 0
    answers: list[int] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    gives_tokens: bool = True

    def token(self) -> tuple[dict[str, Any], int]:
        expected = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
        form = request.form.to_dict()
        if not self.gives_tokens or request.headers.get("Authorization") != expected:
            return {"error": "invalid_client"}, 401
        if form != {"grant_type": "client_credentials"}:
            return {"error": "invalid_request"}, 400
        self.given += 1
        self.valid.append(f"token-{self.given}")
        return {"token_type": "Bearer", "access_token": self.valid[-1], "expires_in": "3600"}, 200

    def take(self, sender: str) -> tuple[dict[str, Any], int]:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid:
            return {"code": 42, "message": "Expired credentials"}, 401
        if self.answers:
            return {"requestError": {}}, self.answers.pop(0)
        sms = request.get_json()["outboundSMSMessageRequest"]
        assert sender == sms["senderAddress"] == f"tel:{SENDER}"
        assert sms["address"].startswith("tel:+223")
        self.taken.append(sms)
        place = f"{self.address}/smsmessaging/v1/outbound/tel:{SENDER}/requests/id-{len(self.taken)}"
        return {"outboundSMSMessageRequest": sms | {"resourceURL": place}}, 201


@contextlib.contextmanager
def orange() -> Iterator[OrangeStandIn]:
    stand_in, app, port = OrangeStandIn(), Flask("orange"), free_port()
    stand_in.address = f"http://127.0.0.1:{port}"
    app.add_url_rule("/oauth/v3/token", view_func=stand_in.token, methods=["POST"])
    app.add_url_rule("/smsmessaging/v1/outbound/<sender>/requests", view_func=stand_in.take, methods=["POST"])
    with served(app, port):
        yield stand_in


def receipt(id: str, number: str, status: str) -> dict[str, Any]:
    """The body of a delivery report."""
    info = {"address": f"tel:{number}", "deliveryStatus": status}
    return {"deliveryInfoNotification": {"callbackData": id, "deliveryInfo": info}}


def sms_in(id: str, number: str, text: str) -> dict[str, Any]:
    """The body of an inbound SMS."""
    message = {
        "dateTime": "2026-11-23T06:04:45.000+0000",
        "destinationAddress": f"tel:{SENDER}",
        "messageId": id,
        "message": text,
        "senderAddress": f"tel:{number}",
    }
    return {"inboundSMSMessageNotification": {"inboundSMSMessage": message}}
