"""Suspicion of a flood: who comes too often, and too many newcomers at once. It waits for a person."""

from __future__ import annotations

from datetime import timedelta

from flows.campaigns import fingerprint
from flows.msisdn import Msisdn
from gateway.deployment import Deployment
from storage.models import Contact

FLOOD = "flood"
"""The reason that keeps a report off every agenda until somebody has looked at it."""
HOUR, MINUTE = 3600, 60
NEWCOMER = timedelta(seconds=1)


def is_flood(deployment: Deployment, contact: Contact, sender: Msisdn) -> bool:
    """Whether this SMS is one too many: of its number within the hour, or of all newcomers within the minute."""
    pack, limits = deployment.pack, deployment.limits
    mine = limits.count(f"sms:{_mark(deployment, sender)}", HOUR) > pack.sms_per_hour
    if deployment.now() - contact.created_at > NEWCOMER:
        return mine
    return limits.count("newcomers", MINUTE) > pack.messages_per_minute or mine


def hops_key(deployment: Deployment, msisdn: Msisdn) -> str:
    """What a number's hops are counted by; with `MINUTE`."""
    return f"hops:{_mark(deployment, msisdn)}"


def words_hash(deployment: Deployment, text: str) -> bytes | None:
    """The keyed hash that like texts share; the words cannot be had back from it."""
    said = fingerprint(text)
    return deployment.vault.hash("words", said) if said else None


def _mark(deployment: Deployment, msisdn: Msisdn) -> str:
    return deployment.vault.hash("limit", msisdn).hex()[:24]
