"""One agenda item: its row is locked while somebody treats it, and each act is a line of its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState, ItemState
from storage.safety.vault import Vault
from storage.tables.base import UtcDateTime
from storage.tables.committees import AgendaItem, ItemEvent, Meeting
from storage.tables.concerns import Concern

DECISION, REFERRAL_REPLY = "agenda_items.decision", "agenda_items.referral_reply"
TREATED = (ItemState.DECIDED, ItemState.REFERRED, ItemState.RECOMMENDED, ItemState.CLOSED)
"""Items that no meeting has to take up again; the same subject reported once more is a new item."""


def locked_item(transaction: Transaction, id: int) -> AgendaItem | None:
    """Locks an item until the transaction ends: of two people who treat it at once, the second sees what was done."""
    return transaction.scalars(
        select(AgendaItem).where(AgendaItem.id == id).with_for_update().execution_options(populate_existing=True)
    ).first()


def set_state(item: AgendaItem, state: ItemState) -> None:
    """Sets an item's state. A treated item is no longer open; nothing opens it again."""
    item.state = state
    if state in TREATED:
        item.is_open = False


def record_item(
    transaction: Transaction, item: AgendaItem, now: datetime, actor: str, what: str, **detail: Any
) -> None:
    """One line of history, and the item's next version; `detail` holds codes, never a text or a number."""
    item.version += 1
    transaction.add(ItemEvent(item_id=item.id, at=now, actor=actor, what=what, detail=detail))


def item_history(transaction: Transaction, item: AgendaItem) -> Sequence[ItemEvent]:
    """What was done with an item, the oldest first."""
    return transaction.scalars(select(ItemEvent).where(ItemEvent.item_id == item.id).order_by(ItemEvent.id)).all()


def open_concerns(transaction: Transaction, item: AgendaItem) -> list[Concern]:
    """The concerns of an item that are not closed, in the order in which they came."""
    query = select(Concern).where(Concern.item_id == item.id, Concern.state != ConcernState.CLOSED)
    return list(transaction.scalars(query.order_by(Concern.id)))


def first_reference(transaction: Transaction, item: AgendaItem) -> str:
    """What the item goes by: the reference of its first open concern, or of its first."""
    query = select(Concern.reference).where(Concern.item_id == item.id)
    return transaction.scalars(query.order_by(Concern.state == ConcernState.CLOSED, Concern.id)).first() or "?"


def treated_at(transaction: Transaction, meeting: int) -> Sequence[AgendaItem]:
    """The items that a meeting has treated, in the order of their history."""
    return transaction.scalars(
        select(AgendaItem).where(AgendaItem.treated_at_id == meeting).order_by(AgendaItem.id)
    ).all()


def summaries(transaction: Transaction, items: Sequence[int]) -> dict[int, bytes]:
    """The sealed summaries of these items, of those that have one."""
    query = select(AgendaItem.id, AgendaItem.summary_sealed).where(
        AgendaItem.id.in_(items), AgendaItem.summary_sealed.is_not(None)
    )
    return {id: sealed for id, sealed in transaction.execute(query) if sealed}


def counts_of(transaction: Transaction, meeting: int) -> dict[int, int]:
    """How many concerns each item has that a meeting has treated."""
    rows = transaction.execute(
        select(Concern.item_id, func.count())
        .join(AgendaItem, AgendaItem.id == Concern.item_id)
        .where(AgendaItem.treated_at_id == meeting)
        .group_by(Concern.item_id)
    )
    return {item: count for item, count in rows if item}


def ages_of(transaction: Transaction, item: AgendaItem) -> tuple[int, timedelta]:
    """How many concerns an item has, closed ones too, and the time between the first and the newest."""
    query = select(
        func.count(),
        func.min(Concern.received_at, type_=UtcDateTime()),
        func.max(Concern.received_at, type_=UtcDateTime()),
    ).where(Concern.item_id == item.id)
    count, first, newest = transaction.execute(query).one()
    return count, newest - first if first and newest else timedelta()


def close_with_answer(vault: Vault, item: AgendaItem, answer: str) -> None:
    """Closes an item; the answer stands in the minutes of its meeting, below a decision that was taken before."""
    if item.is_open:
        item.treated_at_id = item.meeting_id
    decision = vault.readable(DECISION, item.decision_sealed)
    if decision != answer:
        item.decision_sealed = vault.seal(DECISION, f"{decision}\n{answer}" if decision else answer)
    set_state(item, ItemState.CLOSED)


def in_hand(transaction: Transaction, committee: str) -> Sequence[AgendaItem]:
    """What a committee decided, referred or recommended, and has not closed."""
    states = (ItemState.DECIDED, ItemState.REFERRED, ItemState.RECOMMENDED)
    return transaction.scalars(
        select(AgendaItem)
        .where(AgendaItem.committee == committee, AgendaItem.state.in_(states))
        .order_by(AgendaItem.id)
    ).all()


def overdue_referrals(transaction: Transaction, today: date, most: int = 100) -> Sequence[AgendaItem]:
    """Referrals whose day is past, without a reply, and of which nobody was reminded."""
    return transaction.scalars(
        select(AgendaItem)
        .where(
            AgendaItem.state == ItemState.REFERRED,
            AgendaItem.referred_until < today,
            AgendaItem.referral_replied_at.is_(None),
            AgendaItem.reminded_at.is_(None),
        )
        .limit(most)
    ).all()


def last_decisions(transaction: Transaction, committee: str, most: int) -> Sequence[AgendaItem]:
    """What a committee decided last, the newest first."""
    return transaction.scalars(
        select(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.treated_at_id)
        .where(Meeting.committee == committee, AgendaItem.decision_sealed.is_not(None))
        .order_by(AgendaItem.treated_at_id.desc(), AgendaItem.id.desc())
        .limit(most)
    ).all()
