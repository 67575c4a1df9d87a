"""The figures that a process counts for Prometheus. `gateway.health` counts the rows of the database instead.

Labels have few values, all from the code or the settings: never a number, a text, a place or a reference. Names follow
https://prometheus.io/docs/practices/naming/; times are in seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
"""The metrics of this process. A counter begins at zero with the process."""

REQUESTS = Counter(
    "ccs_requests", "Webhook requests by how they were answered", ["provider", "hook", "outcome"], registry=REGISTRY
)
"""`outcome`: answered, refused (not understood), not_kept (the database), failed (a fault of ours), ignored (means
nothing to us), kept_out (wrong token, method or caller)."""
REQUEST_SECONDS = Histogram(
    "ccs_request_seconds",
    "Time to answer a webhook request",
    ["hook"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
SHED = Counter("ccs_requests_shed", "Requests sent away because too many waited", registry=REGISTRY)
SESSIONS = Counter("ccs_sessions", "USSD sessions by what happened to them", ["event"], registry=REGISTRY)
"""`event`: begun, ended (by a last screen), filed (a report), rebuilt (replayed since Redis did not have it). Sessions
that were cut are those begun that did not end."""
LOCK_WAIT_SECONDS = Histogram(
    "ccs_lock_wait_seconds",
    "Time until a transaction that writes could begin",
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3, 15),
    registry=REGISTRY,
)
"""SQLite: the wait for its one lock. PostgreSQL: the wait for a connection of the pool."""
TRIAGE_SECONDS = Histogram(
    "ccs_triage_seconds",
    "Time to read one message",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1),
    registry=REGISTRY,
)
PROVIDER_SECONDS = Histogram(
    "ccs_provider_seconds",
    "Time until a provider answered an SMS that was handed to it",
    ["provider", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12),
    registry=REGISTRY,
)
"""`outcome`: taken, refused, unknown (no answer, so perhaps taken)."""

for event in ("begun", "ended", "filed", "rebuilt"):
    SESSIONS.labels(event)


@dataclass
class RequestOutcome:
    """How a request was answered, for its metric; `kept_out` until another is set. `provider` is a known one."""

    name: str = "kept_out"
    provider: str = "unknown"


@contextmanager
def count_request(hook: str) -> Iterator[RequestOutcome]:
    """Counts one webhook request and the seconds that it takes."""
    outcome, begun_at = RequestOutcome(), time.perf_counter()
    try:
        yield outcome
    finally:
        _requests(outcome.provider, hook, outcome.name).inc()
        _request_seconds(hook).observe(time.perf_counter() - begun_at)


_requests, _request_seconds, _sessions = cache(REQUESTS.labels), cache(REQUEST_SECONDS.labels), cache(SESSIONS.labels)
"""Cached, because a metric looks up the counter of its labels under a lock, which costs more than the counting."""


def count_session(event: str) -> None:
    """Counts an event of a USSD session: begun, ended, filed or rebuilt."""
    _sessions(event).inc()


def exposition() -> bytes:
    """Returns this process's figures in Prometheus's text format."""
    return generate_latest(REGISTRY)
