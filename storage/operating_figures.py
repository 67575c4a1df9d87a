"""Figures of the last minutes and hours for operators. They contain counts, times and prices only."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MessageState, Work
from storage.tables.concerns import Concern, Draft
from storage.tables.messages import Message, OutboxRow, SendAttempt

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
MOST_DELAYS = 2000
"""Delays are read of this many concerns at most, the newest ones: enough for a quantile."""


def longest_waits(transaction: Transaction, now: datetime) -> dict[str, float]:
    """Seconds that the oldest due outbox row has waited, by kind of work; 0 if none is due."""
    oldest = select(OutboxRow.work, func.min(OutboxRow.due_at, type_=OutboxRow.due_at.type))
    rows = transaction.execute(oldest.where(OutboxRow.due_at <= now).group_by(OutboxRow.work))
    since = {work: due_at for work, due_at in rows}  # noqa: C416 - rows are no pairs to the type checker
    return {work.value: (now - since.get(work, now)).total_seconds() for work in Work}


def triage_delays(transaction: Transaction, now: datetime) -> dict[str, float]:
    """Seconds from arrival to agenda in the last 15 minutes: median and 95th percentile; empty if nothing came."""
    rows = transaction.execute(
        select(Concern.received_at, Concern.triaged_at)
        .where(Concern.received_at > now - QUARTER)
        .order_by(Concern.received_at.desc())
        .limit(MOST_DELAYS)
    )
    delays = sorted((triaged - received).total_seconds() for received, triaged in rows if triaged)
    if not delays:
        return {}
    return {
        name: delays[min(len(delays) - 1, int(len(delays) * share))] for name, share in (("0.5", 0.5), ("0.95", 0.95))
    }


def count_doubtful(transaction: Transaction, now: datetime) -> dict[str, float]:
    """The number of concerns of the last hour that a person must review (`doubtful`), and of the others (`sure`)."""
    counts = {"doubtful": 0.0, "sure": 0.0}
    for needs_review, count in transaction.execute(
        select(Concern.needs_review, func.count())
        .where(Concern.received_at > now - HOUR, Concern.triaged_at.is_not(None))
        .group_by(Concern.needs_review)
    ):
        counts["doubtful" if needs_review else "sure"] = count
    return counts


def count_unfinished(transaction: Transaction) -> int:
    """The number of drafts, which are reports that were cut off."""
    return transaction.scalar(select(func.count()).select_from(Draft)) or 0


def attempts_of_the_hour(transaction: Transaction, now: datetime) -> dict[tuple[str, ...], float]:
    """Attempts to send in the last hour, by provider and outcome (`taken`, `refused`, `unknown`)."""
    rows = transaction.execute(
        select(SendAttempt.provider, SendAttempt.outcome, func.count())
        .where(SendAttempt.at > now - HOUR)
        .group_by(SendAttempt.provider, SendAttempt.outcome)
    )
    return {(provider, outcome): count for provider, outcome, count in rows}


def cost_of_the_day(transaction: Transaction, now: datetime) -> dict[str, float]:
    """The price of the SMS created since midnight (UTC), by currency, in its smallest unit; not failed or held ones."""
    midnight = datetime.combine(now.date(), time.min, now.tzinfo)
    rows = transaction.execute(
        select(Message.currency, func.sum(Message.price))
        .where(Message.created_at >= midnight, Message.state.not_in((MessageState.FAILED, MessageState.HELD)))
        .group_by(Message.currency)
    )
    return {currency: float(price) for currency, price in rows}
