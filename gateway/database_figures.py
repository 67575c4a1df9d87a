"""The figures of `/metrics` that come from the database. Every process gives the same, so scrape only one of them.

All queries use an index or a small table. Those that count all rows are asked seldom once they are slow (`_seldom`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.orm import Session as Transaction

from storage.concerns.concerns import count_by_state
from storage.database import Database
from storage.messages.alerts import count_undelivered
from storage.messages.answer_limits import count_held
from storage.messages.listing import count_states
from storage.messages.outbox import count_waiting
from storage.messages.provider_health import read_shares
from storage.operating_figures import (
    attempts_of_the_hour,
    cost_of_the_day,
    count_doubtful,
    count_unfinished,
    longest_waits,
    triage_delays,
)
from storage.safety.wrong_references import count_wrong

Read = Callable[[Transaction, datetime], Mapping[tuple[str, ...], float]]


SLOW, KEPT = 0.05, 100
"""A count that took longer than `SLOW` seconds is kept for `KEPT` times as long. So the counts of all rows, which take
longer every year, cost a hundredth of a processor at most."""
_kept: dict[tuple[str, str], tuple[float, Mapping[str, float]]] = {}


def _seldom(count: Callable[[Transaction], Mapping[str, float]]) -> Read:
    """A figure from a count of all rows."""

    def read(transaction: Transaction, _: datetime) -> Mapping[tuple[str, ...], float]:
        key = count.__name__, str(transaction.get_bind().engine.url)
        until, counted = _kept.get(key, (0.0, {}))
        if time.monotonic() >= until:
            begun_at = time.monotonic()
            counted = count(transaction)
            took = time.monotonic() - begun_at
            _kept[key] = (time.monotonic() + took * KEPT if took > SLOW else 0.0, counted)
        return _by_one(counted)

    return read


def _by_one(counted: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(value,): count for value, count in counted.items()}


FIGURES: tuple[tuple[str, str, tuple[str, ...], Read], ...] = (
    ("ccs_concerns", "Concerns by state", ("state",), _seldom(count_by_state)),
    ("ccs_concerns_doubtful", "Concerns of the last hour that triage is in doubt about, and all of them", ("reading",),
     lambda t, now: _by_one(count_doubtful(t, now))),
    ("ccs_unfinished_reports", "Reports that were cut off and may still be taken up", ("all",),
     lambda t, _: {("all",): count_unfinished(t)}),
    ("ccs_triage_delay_seconds", "From arrival to agenda, of what arrived in the last quarter of an hour",
     ("quantile",), lambda t, now: _by_one(triage_delays(t, now))),
    ("ccs_messages", "SMS out by state", ("state",), _seldom(count_states)),
    ("ccs_messages_held", "SMS held back by why", ("reason",), lambda t, _: _by_one(count_held(t))),
    ("ccs_send_attempts", "SMS handed to a provider in the last hour by its answer", ("provider", "outcome"),
     attempts_of_the_hour),
    ("ccs_provider_share", "Share of the SMS that a provider carries now", ("provider",),
     lambda t, _: _by_one(read_shares(t))),
    ("ccs_sms_cost_today", "Price of today's SMS (UTC) in the smallest unit of the currency", ("currency",),
     lambda t, now: _by_one(cost_of_the_day(t, now))),
    ("ccs_alerts_undelivered", "Alerts that no phone has", ("all",), lambda t, _: {("all",): count_undelivered(t)}),
    ("ccs_wrong_references", "References tried in vain within the hour", ("all",),
     lambda t, now: {("all",): count_wrong(t, now)}),
    ("ccs_outbox_waiting", "Outbox rows that are due", ("work",), lambda t, now: _by_one(count_waiting(t, now))),
    ("ccs_outbox_age_seconds", "How long the oldest outbox row that is due has waited", ("work",),
     lambda t, now: _by_one(longest_waits(t, now))),
)  # fmt: skip
"""Name, help, labels, and the function that reads the values by the labels' values."""


def database_figures(database: Database, now: datetime) -> bytes:
    """The figures in Prometheus's text format. Raises `SQLAlchemyError`."""
    registry = CollectorRegistry()
    with database.read() as transaction:
        for name, description, labels, read in FIGURES:
            gauge = Gauge(name, description, labels, registry=registry)
            for values, value in read(transaction, now).items():
                gauge.labels(*values).set(value)
    return generate_latest(registry)
