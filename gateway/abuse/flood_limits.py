"""Flood limits: for one number that sends too often, and for too many new numbers at once.

Messages over a limit wait for a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.msisdn import Msisdn
from gateway.runtime.deployment import Deployment
from gateway.runtime.rate_limits import RateLimit
from storage.messages.alerts import SINGLY
from storage.sessions.in_redis import Marks, RequestCounter

FLOOD = "flood"
"""The reason that keeps a report off every agenda until a person has looked at it."""
HOUR, SESSION, MINUTE = 3600, 600, 60
"""Seconds; an operator ends a session after about 180."""
NEWCOMER = timedelta(seconds=1)
"""A number whose contact is not older than this sends its first SMS."""
OVER_LIMIT = "over_limit"


def is_flood(deployment: Deployment, sender: Msisdn, known_since: datetime | None) -> bool:
    """Counts this SMS; returns whether it is too many for its number in the hour, or for new numbers in the minute.

    `known_since` is when the number was first heard of, None if never. This asks Redis: do not call it inside a write
    transaction.
    """
    limits = _sms_limits(deployment, sender, known_since)
    counts = deployment.rate_limits.count_all(limits)
    return any(count > limit.most for count, limit in zip(counts, limits, strict=True))


def uncount(deployment: Deployment, sender: Msisdn, known_since: datetime | None) -> None:
    """Takes back what `is_flood` counted for an SMS that turned out to be a copy, which the provider sent meanwhile."""
    for limit in _sms_limits(deployment, sender, known_since):
        deployment.rate_limits.forgive(limit)


def _sms_limits(deployment: Deployment, sender: Msisdn, known_since: datetime | None) -> list[RateLimit]:
    limits = [RateLimit(f"sms:{_mark(deployment, sender)}", HOUR, deployment.pack.sms_per_hour)]
    if known_since is None or deployment.now() - known_since <= NEWCOMER:
        limits.append(RateLimit("newcomers", MINUTE, deployment.pack.messages_per_minute))
    return limits


def request_counters(deployment: Deployment, marks: Marks) -> tuple[RequestCounter, ...]:
    """Returns the limits of a USSD request: for its number in the minute, and for its session."""
    pack, key = deployment.pack, deployment.rate_limits.key
    return (
        RequestCounter(key("requests", MINUTE), marks.number[:24], MINUTE, pack.requests_per_minute),
        RequestCounter(key("session", SESSION), marks.session[:24], SESSION, pack.requests_per_session),
    )


def comes_with_many_emergencies(deployment: Deployment, sender: Msisdn) -> bool:
    """Counts an emergency whose report does not store its number; returns whether single alerts are used up."""
    return deployment.rate_limits.is_over(RateLimit(f"emergencies:{_mark(deployment, sender)}", HOUR, SINGLY))


def _mark(deployment: Deployment, who: str) -> str:
    return deployment.vault.hash("limit", who).hex()[:24]
