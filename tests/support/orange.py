"""A stand-in for Orange's SMS API that follows its contract: tokens that end, one address a request, receipts by
hand."""

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
    """`valid` are the tokens it takes; `answers` what it says to the next sends instead of taking them."""

    address: str = ""
    valid: list[str] = field(default_factory=list)
    given: int = 0
    answers: list[int] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    gives_tokens: bool = True

    def token(self) -> tuple[dict[str, Any], int]:
        wanted = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
        form = request.form.to_dict()
        if not self.gives_tokens or request.headers.get("Authorization") != wanted:
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
        asked = request.get_json()["outboundSMSMessageRequest"]
        assert sender == asked["senderAddress"] == f"tel:{SENDER}"
        assert asked["address"].startswith("tel:+223")
        self.taken.append(asked)
        place = f"{self.address}/smsmessaging/v1/outbound/tel:{SENDER}/requests/id-{len(self.taken)}"
        return {"outboundSMSMessageRequest": asked | {"resourceURL": place}}, 201


@contextlib.contextmanager
def orange() -> Iterator[OrangeStandIn]:
    made, app, port = OrangeStandIn(), Flask("orange"), free_port()
    made.address = f"http://127.0.0.1:{port}"
    app.add_url_rule("/oauth/v3/token", view_func=made.token, methods=["POST"])
    app.add_url_rule("/smsmessaging/v1/outbound/<sender>/requests", view_func=made.take, methods=["POST"])
    with served(app, port):
        yield made


def receipt(id: str, number: str, status: str) -> dict[str, Any]:
    info = {"address": f"tel:{number}", "deliveryStatus": status}
    return {"deliveryInfoNotification": {"callbackData": id, "deliveryInfo": info}}


def sms_in(id: str, number: str, text: str) -> dict[str, Any]:
    message = {
        "dateTime": "2026-11-23T06:04:45.000+0000",
        "destinationAddress": f"tel:{SENDER}",
        "messageId": id,
        "message": text,
        "senderAddress": f"tel:{number}",
    }
    return {"inboundSMSMessageNotification": {"inboundSMSMessage": message}}
