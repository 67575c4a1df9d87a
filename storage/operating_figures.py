"""Figures about the last minutes and hours for whoever keeps the gateway running. They hold counts and times alone."""

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
"""The newest ones; enough for a quantile, however many came in."""


def longest_waits(transaction: Transaction, now: datetime) -> dict[str, float]:
    """Seconds that the oldest due outbox row of each work has waited; 0 where none is due."""
    oldest = select(OutboxRow.work, func.min(OutboxRow.due_at, type_=OutboxRow.due_at.type))
    rows = transaction.execute(oldest.where(OutboxRow.due_at <= now).group_by(OutboxRow.work))
    since = {work: due_at for work, due_at in rows}  # noqa: C416 - rows are no pairs to the type checker
    return {work.value: (now - since.get(work, now)).total_seconds() for work in Work}


def triage_delays(transaction: Transaction, now: datetime) -> dict[str, float]:
    """Seconds from arrival to agenda, median and 95th percentile of the last quarter of an hour; empty if none came."""
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
    """Concerns of the last hour that a person has to look at (`doubtful`), and the others (`sure`)."""
    counts = {"doubtful": 0.0, "sure": 0.0}
    for needs_review, count in transaction.execute(
        select(Concern.needs_review, func.count())
        .where(Concern.received_at > now - HOUR, Concern.triaged_at.is_not(None))
        .group_by(Concern.needs_review)
    ):
        counts["doubtful" if needs_review else "sure"] = count
    return counts


def count_unfinished(transaction: Transaction) -> int:
    return transaction.scalar(select(func.count()).select_from(Draft)) or 0


def attempts_of_the_hour(transaction: Transaction, now: datetime) -> dict[tuple[str, ...], float]:
    """Tries to send by provider and outcome (`taken`, `refused`, `unknown`)."""
    rows = transaction.execute(
        select(SendAttempt.provider, SendAttempt.outcome, func.count())
        .where(SendAttempt.at > now - HOUR)
        .group_by(SendAttempt.provider, SendAttempt.outcome)
    )
    return {(provider, outcome): count for provider, outcome, count in rows}


def cost_of_the_day(transaction: Transaction, now: datetime) -> dict[str, float]:
    """Price of the SMS written since midnight UTC by currency, but for those that failed or are held."""
    midnight = datetime.combine(now.date(), time.min, now.tzinfo)
    rows = transaction.execute(
        select(Message.currency, func.sum(Message.price))
        .where(Message.created_at >= midnight, Message.state.not_in((MessageState.FAILED, MessageState.HELD)))
        .group_by(Message.currency)
    )
    return {currency: float(price) for currency, price in rows}
