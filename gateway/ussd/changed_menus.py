"""Sessions whose menus changed in the middle: a replay must not take what was typed into other menus than it was.

A session that Redis has lost is rebuilt by replay, from what is known of the caller now. A role that began or ended, a
STOP by SMS, another usual place would lead the same digits through other screens. So a session that cannot be shown to
have begun after the change starts anew; what is typed from then on counts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from storage.messages.inbound_events import first_time, is_known_event

MOST_INPUTS = 100
"""Inputs of one text that are held against what is known; no session has so many screens."""


def typed_since(deployment: Deployment, transaction: Transaction, request: UssdRequest, changed_at: datetime) -> str:
    """The part of a session's text that was typed into the menus as they are since `changed_at`.

    The first time that a session is met after the change, the answer is an empty text, and this is remembered: with
    nothing typed yet the session begins now, else it starts anew.
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
