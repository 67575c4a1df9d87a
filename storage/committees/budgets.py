"""The monthly SMS budget of a committee: a warning from 80 % on; SMS that are not urgent wait once it is spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session as Transaction

from config.money import Money
from config.pack import Pack
from storage.enumerations import MessageState, Work
from storage.tables.committees import Committee
from storage.tables.messages import Message, OutboxRow

_SPENT = select(func.coalesce(func.sum(Message.price), 0)).where(
    Message.committee == bindparam("payer"),
    Message.state != MessageState.FAILED,
    Message.created_at >= bindparam("since"),
    Message.currency == bindparam("currency"),
)
WARNED_AT = 0.8
OVER_BUDGET = "budget"
"""The reason of a message that waits for the next month."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The cost of a month's SMS, and the budget; None is no limit."""

    spent: Money
    budget: Money | None

    @property
    def is_warned(self) -> bool:
        """Whether at least 80 % of the budget is spent."""
        return self.budget is not None and self.spent.amount >= WARNED_AT * self.budget.amount

    def allows(self, price: int) -> bool:
        """Whether the budget also pays for `price`, an amount in the smallest unit of the same currency."""
        return self.budget is None or self.spent.amount + price <= self.budget.amount


def spent_this_month(transaction: Transaction, pack: Pack, committee: str, now: datetime) -> Spent:
    """The cost of a committee's SMS since the month began in the country, in the pack's currency.

    Prices are estimates until the provider reports its own. Failed messages cost nothing.
    """
    payer = transaction.get(Committee, committee)
    values = {"payer": committee, "since": _month_of(pack, now), "currency": pack.currency}
    budget = payer.monthly_budget if payer else None
    return Spent(
        Money(int(transaction.scalar(_SPENT, values) or 0), pack.currency),
        None if budget is None else Money(budget, pack.currency),
    )


def release(transaction: Transaction, committee: str, now: datetime) -> None:
    """Makes the messages that wait for the next month due now, after the budget was raised or removed."""
    waiting = select(Message.id).where(
        Message.committee == committee, Message.state == MessageState.QUEUED, Message.reason == OVER_BUDGET
    )
    transaction.execute(
        update(OutboxRow)
        .where(OutboxRow.work == Work.SEND, OutboxRow.subject_id.in_(waiting))
        .values(due_at=now, set_at=now)
        .execution_options(synchronize_session=False)
    )


def next_month(pack: Pack, now: datetime) -> datetime:
    """The beginning of the next month in the country's time zone, in UTC."""
    first = _month_of(pack, now).astimezone(pack.time_zone)
    after = first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)
    return after.astimezone(UTC)


def _month_of(pack: Pack, now: datetime) -> datetime:
    local = now.astimezone(pack.time_zone)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
