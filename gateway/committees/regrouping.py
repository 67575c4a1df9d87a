"""Splits and merges agenda items, and gives them to another committee. No concern is closed or reopened.

Citizens are notified only if a merge puts their concern on an agenda.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from gateway.committees.concerns import ActRefused
from gateway.outbound.citizen_notifications import notify_when_settled
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import locked_item, open_concerns, record_item, set_state
from storage.committees.competence import give_item, may_go_to
from storage.concerns.concerns import record
from storage.enumerations import ConcernState, ItemState
from storage.refusals import Why
from storage.tables.committees import AgendaItem, Committee
from storage.tables.concerns import Concern


def split(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, references: Collection[str]
) -> AgendaItem:
    """Moves some concerns of an open item to a new item with the same subject, state and meeting, but no title yet.

    Raises `ActRefused` if the item is not open, or if none or all of its open concerns are chosen.
    """
    if not item.is_open:
        raise ActRefused(Why.SPLIT_TOO_LATE)
    concerns = open_concerns(transaction, item)
    chosen = [concern for concern in concerns if concern.reference in references]
    if not chosen or len(chosen) == len(concerns):
        raise ActRefused(Why.SPLIT_PART)
    now = deployment.now()
    part = AgendaItem(
        committee=item.committee, meeting_id=item.meeting_id, category=item.category, commune=item.commune,
        place=item.place, kind=item.kind, subject_key=f"{item.subject_key}|{chosen[0].id} apart", state=item.state,
        created_at=now, came_back=item.came_back, passed_up_by=item.passed_up_by, moved_from=item.moved_from,
        moved_from_meeting_id=item.moved_from_meeting_id, off_meeting_id=item.off_meeting_id,
    )  # fmt: skip
    transaction.add(part)
    transaction.flush()
    for concern in chosen:
        concern.item_id = part.id
        record(transaction, concern, now, actor, "split", item=part.id)
    record_item(transaction, item, now, actor, "split", other=part.id)
    record_item(transaction, part, now, actor, "split_from", other=item.id)
    return part


def merge(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, into: int) -> AgendaItem:
    """Moves the concerns of an open item to another open item of the same committee, and closes the empty item.

    Raises `ActRefused` if only one of the items is sensitive (its title must not reveal the other), or if only one goes
    past the committee.
    """
    other = locked_item(transaction, into)
    if (
        other is None
        or other.id == item.id
        or other.committee != item.committee
        or not (item.is_open and other.is_open)
    ):
        raise ActRefused(Why.MERGE_OTHER_ITEM)
    categories = deployment.pack.categories
    if categories[item.category].sensitive != categories[other.category].sensitive:
        raise ActRefused(Why.MERGE_SENSITIVE)
    if categories[item.category].goes_above != categories[other.category].goes_above:
        raise ActRefused(Why.MERGE_GOES_ABOVE)
    now = deployment.now()
    for concern in open_concerns(transaction, item):
        concern.item_id = other.id
        record(transaction, concern, now, actor, "merged", item=other.id)
        if other.state is ItemState.ON_AGENDA and concern.state is ConcernState.RECEIVED:
            concern.state = ConcernState.ON_AGENDA
            notify_when_settled(deployment, transaction, concern)
    transaction.flush()
    set_state(item, ItemState.CLOSED)
    record_item(transaction, item, now, actor, "merged", other=other.id)
    record_item(transaction, other, now, actor, "merged_with", other=item.id)
    return other


def others_open(transaction: Transaction, item: AgendaItem) -> list[AgendaItem]:
    """Returns at most 100 open items of the same committee with which an item may be merged, the most similar first."""
    query = select(AgendaItem).where(
        AgendaItem.committee == item.committee, AgendaItem.is_open, AgendaItem.id != item.id
    )
    likest = (
        AgendaItem.commune != item.commune,
        AgendaItem.category != item.category,
        func.coalesce(AgendaItem.place, "") != (item.place or ""),
        AgendaItem.id,
    )
    return list(transaction.scalars(query.order_by(*likest).limit(100)))


def give(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, to: str) -> Committee:
    """Gives an item unchanged to a committee that `may_go_to` allows.

    Raises `ActRefused` for any other committee: an item that goes past a committee must not come back to it.
    """
    allowed = {committee.code: committee for committee in may_go_to(transaction, deployment.pack, item)}
    if to not in allowed:
        raise ActRefused(Why.COMMITTEE_UNKNOWN)
    now, came_from = deployment.now(), item.committee
    give_item(transaction, deployment.pack, item, allowed[to], now)
    for concern in transaction.scalars(select(Concern).where(Concern.item_id == item.id)):
        record(transaction, concern, now, actor, "given", committee=to)
    record_item(transaction, item, now, actor, "given", to=to, came_from=came_from)
    return allowed[to]
