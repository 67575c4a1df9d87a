"""The webhooks by the last part of their address, and the functions that answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.providers.base import BadRequest, Provider
from gateway.runtime.deployment import Deployment
from gateway.webhooks.answers import Answer, plain
from gateway.webhooks.bodies import WebhookRequest

Respond = Callable[[Deployment, Provider, WebhookRequest], Answer]
Refuse = Callable[[Deployment, Provider, WebhookRequest, Exception], Answer]


@dataclass(frozen=True, slots=True)
class Hook:
    """The functions that answer a webhook. `refuse` answers if `respond` raises `BadRequest` (the request cannot be
    understood), `SQLAlchemyError` (it could not be stored) or any other error."""

    respond: Respond
    refuse: Refuse


HOOKS: dict[str, Hook] = {}


def plain_refusal(_: Deployment, __: Provider, ___: WebhookRequest, why: Exception) -> Answer:
    """400 with one line for a bad request; 503 for one that could not be stored, so that the provider repeats it."""
    return plain(f"{why}\n", 400) if isinstance(why, BadRequest) else plain("not kept, please send it again\n", 503)


def webhook(path: str, refuse: Refuse = plain_refusal) -> Callable[[Respond], Respond]:
    """Registers the function that answers `/hooks/<token>/<provider>/<path>`, with or without more parts after it."""

    def register(respond: Respond) -> Respond:
        HOOKS[path] = Hook(respond, refuse)
        return respond

    return register
