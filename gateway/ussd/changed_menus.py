"""Sessions whose menus changed in the middle: a replay must not apply the input to other menus.

A session that Redis has lost is rebuilt by replay, from what is known of the caller now. If a role has begun or ended,
or a STOP by SMS or another usual place has come, the same digits lead to other screens. So a session that did not
certainly begin after the change starts anew, and only later input counts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from storage.messages.inbound_events import first_time, is_known_event

MOST_INPUTS = 100
"""Inputs of one text that are compared with the records; no session has so many screens."""


def typed_since(deployment: Deployment, transaction: Transaction, request: UssdRequest, changed_at: datetime) -> str:
    """Returns the part of a session's text that was typed into the menus as they are since `changed_at`.

    When a session is seen for the first time after the change, the result is an empty text, and this is recorded. If
    nothing is typed yet, the session begins now; otherwise it starts anew.
    """
    inputs = request.typed.split("*") if request.typed else []
    for count in range(len(inputs), -1, -1) if len(inputs) <= MOST_INPUTS else ():
        if is_known_event(transaction, deployment.vault, *_mark(request, changed_at, "*".join(inputs[:count]))):
            return "*".join(inputs[count:])
    mark = _mark(request, changed_at, request.typed)
    first_time(transaction, deployment.vault, *mark, now=deployment.now())
    return ""


def _mark(request: UssdRequest, changed_at: datetime, typed: str) -> tuple[str, ...]:
    return "ussd menus", *request.key.parts, changed_at.isoformat(), typed
