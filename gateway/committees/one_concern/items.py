"""Moves a concern from its agenda item to a new one, or to another open item of the same committee."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from config.outside import read_id
from config.pack import Pack
from gateway.committees import regrouping
from gateway.committees.concerns import ActRefused
from gateway.outbound.citizen_notifications import notify_when_settled
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import close_if_done, locked_item, record_item
from storage.concerns.concerns import record
from storage.enumerations import ConcernState, ItemState
from storage.refusals import Why
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern


def split(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str) -> AgendaItem:
    """Moves a concern to a new agenda item for the same meeting, in the same state. Raises `ActRefused`."""
    item = _open_item(transaction, concern)
    return regrouping.split(deployment, transaction, item, actor, {concern.reference})


def join(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str, typed: str) -> None:
    """Moves one concern to another open item of its committee; `typed` is that item's id. Raises `ActRefused`."""
    left, now = _open_item(transaction, concern), deployment.now()
    item = locked_item(transaction, read_id(typed) or 0)
    if item is None or item.id == left.id or item.committee != left.committee or not item.is_open:
        raise ActRefused(Why.MERGE_OTHER_ITEM)
    if not is_as_sensitive(deployment.pack, left, item):
        raise ActRefused(Why.MERGE_SENSITIVE)
    concern.item_id = item.id
    if item.state is ItemState.ON_AGENDA and concern.state is ConcernState.RECEIVED:
        concern.state = ConcernState.ON_AGENDA
        notify_when_settled(deployment, transaction, concern)
    record(transaction, concern, now, actor, "merged", item=item.id)
    record_item(transaction, item, now, actor, "merged_with", other=left.id)
    transaction.flush()
    close_if_done(transaction, left)


def items_to_join(transaction: Transaction, pack: Pack, concern: Concern) -> list[AgendaItem]:
    """Returns the other open items of the committee that a concern may join, the most similar first."""
    item = transaction.get(AgendaItem, concern.item_id or 0)
    if item is None or not item.is_open or concern.state is ConcernState.CLOSED:
        return []
    return [other for other in regrouping.others_open(transaction, item) if is_as_sensitive(pack, item, other)]


def is_as_sensitive(pack: Pack, item: AgendaItem, other: AgendaItem) -> bool:
    """Whether a concern may move between two items: the title of one must not reveal a sensitive matter of another."""
    category, others = pack.categories[item.category], pack.categories[other.category]
    return (category.sensitive, category.goes_above) == (others.sensitive, others.goes_above)


def _open_item(transaction: Transaction, concern: Concern) -> AgendaItem:
    item = locked_item(transaction, concern.item_id or 0)
    if item is None or not item.is_open or concern.state is ConcernState.CLOSED:
        raise ActRefused(Why.IN_NO_ITEM)
    return item
