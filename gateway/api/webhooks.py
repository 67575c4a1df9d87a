"""Webhooks of a token: which address is told of which events. The secret is shown once, when a webhook is made."""

from __future__ import annotations

import base64
import secrets
from urllib.parse import urlsplit

from flask import Response, g, jsonify, request

from gateway.api.authentication import api, needs
from gateway.api.problems import Problem
from gateway.runtime.current import deployment
from storage.concerns.webhooks import MOST_OF_TOKEN, SECRET, Told, add_webhook, webhooks_of
from storage.people.api_tokens import Scope
from storage.safety.audit import write_line
from storage.tables.api import ApiToken, Webhook

LONGEST_URL = 500


@api.get("/webhooks")
@needs(Scope.WEBHOOKS)
def webhooks() -> Response:
    """The webhooks of this token."""
    with deployment().database.read() as transaction:
        rows = webhooks_of(transaction, g.token)
    return jsonify({"data": [_shown(row) for row in rows], "next": None})


@api.post("/webhooks")
@needs(Scope.WEBHOOKS)
def webhook_add() -> tuple[Response, int]:
    """Makes a webhook for events from now on. The answer has the secret that signs its requests. Raises `Problem`."""
    here = deployment()
    url, events = _asked()
    secret = secrets.token_bytes(32)
    with here.database.write() as transaction:
        token = transaction.get_one(ApiToken, g.token.id, with_for_update=True)
        if len(webhooks_of(transaction, token)) >= MOST_OF_TOKEN:
            raise Problem(409, f"a token has {MOST_OF_TOKEN} webhooks at most: delete one first")
        sealed = here.vault.seal_bytes(SECRET, secret)
        webhook = add_webhook(transaction, token, url, sealed, events, here.now())
        write_line(transaction, here.now(), f"token {token.name}", "webhook_added", webhook=webhook.id)
    shown = {**_shown(webhook), "secret": f"whsec_{base64.b64encode(secret).decode()}"}
    return jsonify(shown), 201


@api.delete("/webhooks/<id:id>")
@needs(Scope.WEBHOOKS)
def webhook_delete(id: int) -> tuple[str, int]:
    """Ends a webhook at once."""
    here = deployment()
    with here.database.write() as transaction:
        webhook = transaction.get(Webhook, id)
        if webhook is None or webhook.token_id != g.token.id:
            raise Problem(404, "no such webhook of this token")
        transaction.delete(webhook)
        write_line(transaction, here.now(), f"token {g.token.name}", "webhook_removed", webhook=id)
    return "", 204


def _asked() -> tuple[str, list[Told]]:
    """The address and events of the body. Raises `Problem`. The address itself is checked again at each request."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Problem(400, "the body is a JSON object with `url` and `events`")
    url, events = body.get("url"), body.get("events")
    if not isinstance(url, str) or not _is_https(url):
        raise Problem(400, f"`url` is an https address without a user, of {LONGEST_URL} characters at most")
    if not isinstance(events, list) or not events or not all(event in set(Told) for event in events):
        raise Problem(400, f"`events` is a list of {', '.join(Told)}")
    return url, [Told(event) for event in events]


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    return is_plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and port != 0


def _shown(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "created_at": webhook.created_at.isoformat(),
        "failed_tries": webhook.failed_tries,
        "stopped_at": webhook.stopped_at.isoformat() if webhook.stopped_at else None,
    }
