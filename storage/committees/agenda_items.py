"""Agenda items: an item's row is locked while somebody treats it, and each act is a line of its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState, ItemState
from storage.safety.vault import Vault
from storage.tables.base import UtcDateTime
from storage.tables.committees import AgendaItem, ItemEvent, Meeting
from storage.tables.concerns import Concern

DECISION, REFERRAL_REPLY = "agenda_items.decision", "agenda_items.referral_reply"
TREATED = (ItemState.DECIDED, ItemState.REFERRED, ItemState.RECOMMENDED, ItemState.CLOSED)
"""States of items that no meeting has to take up again. If the same subject is reported again, it is a new item."""

_OPEN_CONCERNS = (
    select(Concern)
    .where(Concern.item_id == bindparam("of_item"), Concern.state != ConcernState.CLOSED)
    .order_by(Concern.id)
)


def locked_item(transaction: Transaction, id: int) -> AgendaItem | None:
    """Locks an item until the transaction ends. If two people treat it at once, the second sees what the first did."""
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
    """Adds a line to the item's history and raises its version. `detail` holds codes, never a text or phone number."""
    item.version += 1
    transaction.add(ItemEvent(item_id=item.id, at=now, actor=actor, what=what, detail=detail))


def item_history(transaction: Transaction, item: AgendaItem) -> Sequence[ItemEvent]:
    """The lines of an item's history, the oldest first."""
    return transaction.scalars(select(ItemEvent).where(ItemEvent.item_id == item.id).order_by(ItemEvent.id)).all()


def open_concerns(transaction: Transaction, item: AgendaItem) -> list[Concern]:
    """The concerns of an item that are not closed, in the order in which they came."""
    return list(transaction.scalars(_OPEN_CONCERNS, {"of_item": item.id}))


def first_reference(transaction: Transaction, item: AgendaItem) -> str:
    """The reference of the item's first open concern, or of its first concern if none is open; `?` without concerns."""
    query = select(Concern.reference).where(Concern.item_id == item.id)
    return transaction.scalars(query.order_by(Concern.state == ConcernState.CLOSED, Concern.id)).first() or "?"


def treated_at(transaction: Transaction, meeting: int) -> Sequence[AgendaItem]:
    """The items that a meeting has treated, by their id."""
    return transaction.scalars(
        select(AgendaItem).where(AgendaItem.treated_at_id == meeting).order_by(AgendaItem.id)
    ).all()


def summaries(transaction: Transaction, items: Sequence[int]) -> dict[int, bytes]:
    """The sealed summaries by item id; items without a summary are left out."""
    query = select(AgendaItem.id, AgendaItem.summary_sealed).where(
        AgendaItem.id.in_(items), AgendaItem.summary_sealed.is_not(None)
    )
    return {id: sealed for id, sealed in transaction.execute(query) if sealed}


def counts_of(transaction: Transaction, meeting: int) -> dict[int, int]:
    """The number of concerns of each item that a meeting has treated, by item id."""
    rows = transaction.execute(
        select(Concern.item_id, func.count())
        .join(AgendaItem, AgendaItem.id == Concern.item_id)
        .where(AgendaItem.treated_at_id == meeting)
        .group_by(Concern.item_id)
    )
    return {item: count for item, count in rows if item}


def ages_of(transaction: Transaction, item: AgendaItem) -> tuple[int, timedelta]:
    """The number of an item's concerns, closed ones too, and the time between the first and the newest."""
    query = select(
        func.count(),
        func.min(Concern.received_at, type_=UtcDateTime()),
        func.max(Concern.received_at, type_=UtcDateTime()),
    ).where(Concern.item_id == item.id)
    count, first, newest = transaction.execute(query).one()
    return count, newest - first if first and newest else timedelta()


def close_with_answer(vault: Vault, item: AgendaItem, answer: str) -> None:
    """Closes an item. The minutes of its meeting show the answer, below the decision if one was taken before."""
    if item.is_open:
        item.treated_at_id = item.meeting_id
    decision = vault.readable(DECISION, item.decision_sealed)
    if decision != answer:
        item.decision_sealed = vault.seal(DECISION, f"{decision}\n{answer}" if decision else answer)
    set_state(item, ItemState.CLOSED)


def in_hand(transaction: Transaction, committee: str) -> Sequence[AgendaItem]:
    """The items that a committee decided, referred or recommended and has not closed."""
    states = (ItemState.DECIDED, ItemState.REFERRED, ItemState.RECOMMENDED)
    return transaction.scalars(
        select(AgendaItem)
        .where(AgendaItem.committee == committee, AgendaItem.state.in_(states))
        .order_by(AgendaItem.id)
    ).all()


def overdue_referrals(transaction: Transaction, today: date, most: int = 100) -> Sequence[AgendaItem]:
    """Up to `most` referred items whose deadline is past, without a reply and without a reminder so far."""
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
    """Up to `most` items with a decision or answer that a meeting of this committee treated, the newest first."""
    return transaction.scalars(
        select(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.treated_at_id)
        .where(Meeting.committee == committee, AgendaItem.decision_sealed.is_not(None))
        .order_by(AgendaItem.treated_at_id.desc(), AgendaItem.id.desc())
        .limit(most)
    ).all()


def put_on_agenda(transaction: Transaction, item: AgendaItem) -> Sequence[Concern]:
    """Puts an item and its received concerns on the agenda; returns these concerns."""
    set_state(item, ItemState.ON_AGENDA)
    item.off_meeting_id = None
    moved = transaction.scalars(
        select(Concern).where(Concern.item_id == item.id, Concern.state == ConcernState.RECEIVED)
    ).all()
    for concern in moved:
        concern.state = ConcernState.ON_AGENDA
    return moved


def take_off_agenda(transaction: Transaction, item: AgendaItem) -> Sequence[Concern]:
    """Takes an item off its meeting's agenda; returns its concerns, whose state is `received` again."""
    set_state(item, ItemState.PROPOSED)
    item.off_meeting_id, item.position = item.meeting_id, None
    on_agenda = select(Concern).where(Concern.item_id == item.id, Concern.state == ConcernState.ON_AGENDA)
    concerns = transaction.scalars(on_agenda).all()
    for concern in concerns:
        concern.state = ConcernState.RECEIVED
    return concerns


def close_if_done(transaction: Transaction, item: AgendaItem) -> int:
    """Closes an item if all its concerns are closed. If the subject is reported again, that is a new item.

    Returns how many concerns the closed item has, or 0 if it stays open. An open item with concerns counts as treated
    by its meeting."""
    states = transaction.scalars(select(Concern.state).where(Concern.item_id == item.id)).all()
    if any(state is not ConcernState.CLOSED for state in states):
        return 0
    if states and item.is_open:
        item.treated_at_id = item.meeting_id
    set_state(item, ItemState.CLOSED)
    return len(states)
