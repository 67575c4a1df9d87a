"""The health of each SMS provider, from send attempts and receipts, and each provider's share of the SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Transaction

from flows.provider_shares import Health
from storage.enumerations import MessageState
from storage.tables.messages import Message, ProviderShare, SendAttempt

WINDOW = timedelta(minutes=10)
RECEIPT_WITHIN = timedelta(minutes=2)
"""Within this time a healthy provider sends a receipt."""
KEPT = timedelta(days=1)


def record_attempt(transaction: Transaction, provider: str, outcome: str, now: datetime) -> None:
    """Records an attempt to send: `outcome` is `taken`, `refused` (by the provider's fault) or `unknown`."""
    transaction.add(SendAttempt(provider=provider, at=now, outcome=outcome))


def health_of(transaction: Transaction, order: Sequence[str], now: datetime) -> dict[str, Health]:
    """The health of these providers in the last ten minutes."""
    since = now - WINDOW
    tried = transaction.execute(
        select(SendAttempt.provider, SendAttempt.outcome, func.count())
        .where(SendAttempt.at > since)
        .group_by(SendAttempt.provider, SendAttempt.outcome)
    ).all()
    settled = (MessageState.DELIVERED, MessageState.FAILED)
    due = transaction.execute(
        select(Message.provider, Message.state, func.count())
        .where(Message.created_at > since, Message.created_at <= now - RECEIPT_WITHIN, Message.tries > 0)
        .group_by(Message.provider, Message.state)
    ).all()
    return {
        name: Health(
            tries=sum(count for provider, _, count in tried if provider == name),
            failed=sum(count for provider, outcome, count in tried if provider == name and outcome != "taken"),
            due=sum(count for provider, _, count in due if provider == name),
            late=sum(count for provider, state, count in due if provider == name and state not in settled),
        )
        for name in order
    }


def kept_shares(transaction: Transaction, order: Sequence[str]) -> dict[str, float] | None:
    """The kept share of each provider (0 to 1); None if there are none, or if they are of other providers."""
    rows = read_shares(transaction)
    return {name: rows[name] for name in order} if set(rows) == set(order) else None


def read_shares(transaction: Transaction) -> dict[str, float]:
    """The kept shares (0 to 1) by provider."""
    return {row.provider: row.thousandths / 1000 for row in transaction.scalars(select(ProviderShare))}


def keep_shares(transaction: Transaction, shares: Mapping[str, float], now: datetime) -> None:
    """Keeps the providers' shares (0 to 1), and deletes send attempts older than a day."""
    transaction.execute(delete(ProviderShare))
    for name, share in shares.items():
        transaction.add(ProviderShare(provider=name, thousandths=round(share * 1000), changed_at=now))
    transaction.execute(delete(SendAttempt).where(SendAttempt.at < now - KEPT))
