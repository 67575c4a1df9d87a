"""One agenda item: held while it is treated, with a line of history for each thing done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState, ItemState
from storage.tables.committees import AgendaItem, ItemEvent, Meeting
from storage.tables.concerns import Concern

DECISION = "agenda_items.decision"
TREATED = (ItemState.DECIDED, ItemState.REFERRED, ItemState.RECOMMENDED, ItemState.CLOSED)
"""Items that no meeting has to take up again; the same subject reported once more is a new item."""


def locked_item(transaction: Transaction, id: int) -> AgendaItem | None:
    """The item, held until the transaction ends: of two people who treat it at once the second sees what was done."""
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
    return transaction.scalars(select(ItemEvent).where(ItemEvent.item_id == item.id).order_by(ItemEvent.id)).all()


def open_concerns(transaction: Transaction, item: AgendaItem) -> list[Concern]:
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


def in_hand(transaction: Transaction, committee: str) -> Sequence[AgendaItem]:
    """What a committee decided, referred or recommended, and has not closed."""
    states = (ItemState.DECIDED, ItemState.REFERRED, ItemState.RECOMMENDED)
    return transaction.scalars(
        select(AgendaItem)
        .where(AgendaItem.committee == committee, AgendaItem.state.in_(states))
        .order_by(AgendaItem.id)
    ).all()


def overdue_referrals(transaction: Transaction, today: date, most: int = 100) -> Sequence[AgendaItem]:
    """Referrals whose day is past and of which nobody was reminded."""
    return transaction.scalars(
        select(AgendaItem)
        .where(
            AgendaItem.state == ItemState.REFERRED,
            AgendaItem.referred_until < today,
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
