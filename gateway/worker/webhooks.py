"""Tells programs of events by signed HTTPS requests, as Standard Webhooks describes them (standardwebhooks.com).

Each event is sent at least once and in order. A program recognises a repetition by its `webhook-id`, and an old request
that somebody sends again by its signed `webhook-timestamp`. Requests go to public addresses only: the host name is
resolved and checked here, and the connection uses that very address, so that the name cannot lead elsewhere a moment
later. Redirects are not followed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import logging
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from gateway.committees.rights import access_in
from gateway.runtime.deployment import Deployment
from gateway.worker.parts import parts
from storage.concerns.webhooks import (
    SECRET,
    DueWebhook,
    Event,
    keep_failed,
    keep_told,
    next_events,
    some_are_due,
    take_due,
)
from storage.enumerations import Role
from storage.people.administrators import RIGHTS
from storage.safety.audit import write_line
from storage.safety.vault import VaultError

LOOK_EVERY = 10.0
"""Seconds between two looks for what is due."""
PATIENCE = urllib3.Timeout(connect=5.0, read=10.0)
HTTPS = 443
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 addresses (RFC 6052)."""
Post = Callable[[str, bytes, dict[str, str]], bool]
"""Sends a body with its headers to a URL; returns whether the program accepted it. Raises `NotTaken`."""

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """A request that was not made or not answered; the text names only the kind of failure."""


def tell_webhooks() -> None:
    """Sends the due events of all webhooks; the worker process calls it every `LOOK_EVERY` seconds."""
    tell_due(parts.get()[0])


def tell_due(deployment: Deployment, post: Post | None = None) -> int:
    """Sends each due webhook its next events, until one is not accepted; returns how many were accepted.

    No transaction is open while a program answers.
    """
    post = post or post_publicly
    now = deployment.now()
    with deployment.database.read() as transaction:
        if not some_are_due(transaction, now):
            return 0
    with deployment.database.write() as transaction:
        due = take_due(transaction, now)
    return sum(_tell(deployment, webhook, post) for webhook in due)


def _tell(deployment: Deployment, webhook: DueWebhook, post: Post) -> int:
    now = deployment.now()
    if webhook.area not in deployment.pack.areas:
        return 0
    access = access_in(deployment.pack, webhook.area, RIGHTS[Role.OBSERVER])
    with deployment.database.read() as transaction:
        events, looked_at = next_events(transaction, webhook, access, now)
    taken, is_taken = webhook.after_event, True
    count = 0
    for event in events:
        if not (is_taken := _is_taken(deployment, webhook, event, post)):
            break
        taken, count = event.id, count + 1
    with deployment.database.write() as transaction:
        keep_told(transaction, webhook.id, looked_at if is_taken else taken, now)
        if not is_taken and keep_failed(transaction, webhook.id, now):
            write_line(transaction, now, "worker", "webhook_stopped", webhook=webhook.id)
    return count


def _is_taken(deployment: Deployment, webhook: DueWebhook, event: Event, post: Post) -> bool:
    try:
        secret = deployment.vault.open_bytes(SECRET, webhook.secret)
        body = body_of(event)
        return post(webhook.url, body, signed(secret, webhook.id, event, body, int(deployment.now().timestamp())))
    except (NotTaken, VaultError) as why:
        log.warning("webhook %s took no event (%s)", webhook.id, why)
        return False


def body_of(event: Event) -> bytes:
    """Returns the JSON that a program gets; it holds nobody's words or number."""
    data = {
        "reference": event.reference, "commune": event.commune, "category": event.category, "state": event.state,
    }  # fmt: skip
    whole = {"type": event.kind.value, "timestamp": event.at.isoformat(), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def signed(secret: bytes, webhook: int, event: Event, body: bytes, timestamp: int) -> dict[str, str]:
    """Returns the headers of Standard Webhooks: an id that a repetition keeps, the time of this try, the signature.

    `timestamp` is in seconds since 1970.
    """
    # Not the event's row id: its gaps would tell how many events this program does not get.
    mark = hmac.new(secret, f"event {webhook} {event.id} {event.at.isoformat()}".encode(), hashlib.sha256).hexdigest()
    id = f"evt_{mark[:32]}"
    content = f"{id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def post_publicly(url: str, body: bytes, headers: dict[str, str]) -> bool:
    """Posts over HTTPS to a public address with a certificate for its name; returns whether the status is 2xx.

    Raises `NotTaken`.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or HTTPS
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return post_to(public_address(host, port), host, port, path, body, headers, certifi.where())


def post_to(
    address: str, host: str, port: int, path: str, body: bytes, headers: dict[str, str], authorities: str
) -> bool:
    """Posts to one IP address; `authorities` is a file of trusted certificates. Raises `NotTaken`."""
    pool = urllib3.HTTPSConnectionPool(
        address, port, server_hostname=host, assert_hostname=host, ca_certs=authorities, timeout=PATIENCE,
        cert_reqs="CERT_REQUIRED",
    )  # fmt: skip
    named = host if port == HTTPS else f"{host}:{port}"
    try:
        answer = pool.urlopen(
            "POST", path, body=body, headers={**headers, "Host": named}, retries=False, redirect=False,
            preload_content=False,
        )  # fmt: skip
        answer.close()
    except (HTTPError, OSError) as error:
        raise NotTaken(type(error).__name__) from None
    finally:
        pool.close()
    return 200 <= answer.status < 300


def public_address(host: str, port: int) -> str:
    """Returns an address of a host, if all of its addresses are public. Raises `NotTaken`."""
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise NotTaken(type(error).__name__) from None
    if not found or not all(is_public(address) for address in found):
        raise NotTaken("no public address")
    return found[0]


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet: not local, private, link-local, multicast or reserved."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
