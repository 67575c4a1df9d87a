"""Work that waits for somebody: the counts and first rows on the start page of the web queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select, text, union_all
from sqlalchemy.orm import Session as Transaction

from storage.committees.budgets import OVER_BUDGET
from storage.committees.recommendations import WAITING
from storage.concerns.access import Access
from storage.concerns.listing.filters import Count, Filter, count
from storage.concerns.taking_up import is_untreated_emergency, may_be_urgent
from storage.enumerations import ItemState, MessageState
from storage.tables.committees import AgendaItem, Recommendation
from storage.tables.concerns import IS_OPEN, Concern
from storage.tables.messages import Message

FAILED_SINCE = timedelta(days=7)
OPEN = f"concerns.{IS_OPEN}"
OLDEST_FIRST = (Concern.received_at, Concern.id)


def urgent_and_untreated(transaction: Transaction, access: Access, most: int) -> Sequence[Concern]:
    """Untreated emergencies and messages that may be one, the oldest first.

    Sensitive concerns are included for everybody: the page redacts those that the reader may not read. Concerns that
    go past a commune's committee (`Access.past`) are left out for readers of that committee alone.
    """
    seen = replace(access, hidden=())
    # Each kind has an index of its own, in this order or of few rows; together they would need all open concerns.
    kinds = [
        seen.limit(select(Concern.id).where(text(OPEN), kind)).order_by(*OLDEST_FIRST).limit(most).subquery()
        for kind in (is_untreated_emergency(), may_be_urgent())
    ]
    ids = union_all(*(select(kind.c.id) for kind in kinds))
    query = select(Concern).where(Concern.id.in_(ids))
    return transaction.scalars(query.order_by(*OLDEST_FIRST).limit(most)).all()


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of visible concerns that are open, and of those that wait for a review."""

    open: Count
    to_review: Count


def counts(transaction: Transaction, access: Access) -> Counts:
    """The counts; each is the number of rows that the list shows with the same filter."""
    to_review = count(transaction, access, Filter(is_open=True, only_review=True))
    return Counts(count(transaction, access, Filter(is_open=True)), to_review)


def asked_longest(transaction: Transaction, access: Access, most: int) -> Sequence[Concern]:
    """Open concerns whose citizens were asked something and have not replied, the longest first."""
    query = access.limit(select(Concern)).where(
        Concern.asked_at.is_not(None), text(OPEN), Concern.duplicate_of.is_(None)
    )
    return transaction.scalars(query.order_by(Concern.asked_at).limit(most)).all()


def referrals_overdue(
    transaction: Transaction, committees: Sequence[str] | None, now: datetime, most: int
) -> Sequence[AgendaItem]:
    """Referred items whose deadline is past, of these committees (None: all), the longest overdue first."""
    query = select(AgendaItem).where(AgendaItem.state == ItemState.REFERRED, AgendaItem.referred_until < now.date())
    if committees is not None:
        query = query.where(AgendaItem.committee.in_(committees))
    return transaction.scalars(query.order_by(AgendaItem.referred_until, AgendaItem.id).limit(most)).all()


def recommendations_overdue(
    transaction: Transaction, committees: Sequence[str] | None, before: datetime, most: int
) -> Sequence[tuple[Recommendation, AgendaItem]]:
    """Recommendations that a level has held since before `before`, each with its item, the longest held first."""
    query = (
        select(Recommendation, AgendaItem)
        .join(AgendaItem, AgendaItem.id == Recommendation.item_id)
        .where(Recommendation.state.in_(WAITING), Recommendation.held_since < before)
    )
    if committees is not None:
        query = query.where(Recommendation.holder.in_(committees))
    rows = transaction.execute(query.order_by(Recommendation.held_since).limit(most)).all()
    return [(recommendation, item) for recommendation, item in rows]


@dataclass(frozen=True, slots=True)
class SmsTrouble:
    """The numbers of SMS that failed within a week, and of SMS that wait for the next month's budget."""

    failed: int
    over_budget: int


def sms_trouble(
    transaction: Transaction, access: Access, committees: Sequence[str] | None, now: datetime
) -> SmsTrouble:
    """Counts the SMS about concerns that the reader may see, and about no concern but paid by these committees."""
    seen = None if committees is None else access.limit(select(Concern.id))

    def counted(*which: ColumnElement[bool]) -> ScalarSelect[int]:
        query = select(func.count()).select_from(Message).where(*which)
        if committees is not None and seen is not None:
            query = query.where(or_(Message.concern_id.in_(seen), Message.concern_id.is_(None)))
            query = query.where(or_(Message.committee.in_(committees), Message.concern_id.in_(seen)))
        return query.scalar_subquery()

    failed = counted(Message.state == MessageState.FAILED, Message.changed_at > now - FAILED_SINCE)
    over_budget = counted(Message.state == MessageState.QUEUED, Message.reason == OVER_BUDGET)
    return SmsTrouble(*transaction.execute(select(failed, over_budget)).one())
