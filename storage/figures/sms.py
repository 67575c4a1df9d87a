"""SMS of a period by state, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, union_all
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MessageState
from storage.figures.scope import Scope
from storage.figures.summed_days import Shares
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.sums import SmsSum

COSTS_NOTHING = (MessageState.FAILED, MessageState.HELD)


@dataclass(frozen=True, slots=True)
class SmsCount:
    """The number of SMS in one state; `price` is their cost in the smallest unit of `currency`, 0 if they were free."""

    state: MessageState
    currency: str
    count: int
    price: int


def sms_by_state(transaction: Transaction, scope: Scope, shares: Shares) -> list[SmsCount]:
    """SMS created in the period: about concerns that may be seen, or about no concern and paid by these committees.

    A state may have two counts: of days with sums and of those that are counted live.
    """
    parts: list[Any] = []
    if shares.live:
        query = select(Message.state, Message.currency, func.count(), func.sum(Message.price)).where(
            Message.created_at >= scope.since, Message.created_at < scope.until, shares.in_live(Message.created_at)
        )
        about_none: ColumnElement[bool] = Message.concern_id.is_(None)
        if scope.committees is not None:
            about_none = and_(about_none, Message.committee.in_(scope.committees))
        if not scope.access.sees_all or (scope.committees, scope.committee) != (None, None):
            query = query.where(or_(about_none, Message.concern_id.in_(scope.seen(Concern.id))))
        parts.append(query.group_by(Message.state, Message.currency))
    if shares.days:
        parts.append(
            select(SmsSum.state, SmsSum.currency, func.sum(SmsSum.count), func.sum(SmsSum.price))
            .where(SmsSum.area == scope.summed, shares.in_days(SmsSum.begins_at), scope.may_see(SmsSum.category))
            .group_by(SmsSum.state, SmsSum.currency)
        )
    return [
        SmsCount(state, currency, count, 0 if state in COSTS_NOTHING else int(price))
        for state, currency, count, price in transaction.execute(union_all(*parts))
    ]
