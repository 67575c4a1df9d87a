"""Which committees, items and recommendations the person who signed in may see: those of their area."""

from __future__ import annotations

from flask import g, request
from sqlalchemy.orm import Session as Transaction

from config.outside import read_id
from config.pack import Pack
from flows.committees.agenda import RankedItem
from gateway.runtime.current import deployment
from storage.concerns.concerns import Access
from storage.tables.committees import AgendaItem, Committee, Recommendation


def sees_area(pack: Pack, area: str) -> bool:
    """Whether an area lies in that of who signed in."""
    return lies_in(pack, area, g.administrator.area)


def lies_in(pack: Pack, area: str, outer: str) -> bool:
    """Whether an area is another one, or a part of it."""
    return area == outer or any(above.code == outer for above in pack.ancestors(area))


def seen_committee(transaction: Transaction, code: str) -> Committee | None:
    committee = transaction.get(Committee, code)
    return (
        committee
        if committee and committee.area in deployment().pack.areas and sees_area(deployment().pack, committee.area)
        else None
    )


def seen_item(transaction: Transaction, id: int) -> AgendaItem | None:
    """An item before a committee of the area; sensitive ones only for those with the right."""
    item = transaction.get(AgendaItem, id)
    if item is None or not may_read(item) or seen_committee(transaction, item.committee) is None:
        return None
    return item


def may_read(item: AgendaItem | RankedItem) -> bool:
    """Whether its matter is theirs to read: not a sensitive one without the right, nor one that goes past them."""
    access: Access = g.access
    return access.may_read(item.commune, item.category)


def seen_committees() -> list[str] | None:
    """The codes of all that may be seen; None for the whole country."""
    pack = deployment().pack
    if g.administrator.area == pack.country_area.code:
        return None
    return [committee.code for committee in pack.committees.values() if sees_area(pack, committee.area)]


def seen_version() -> int:
    """The version that the form was filled in on; 0, which nothing has, when it says none."""
    return read_id(request.form.get("version", "")) or 0


def may_see_recommendation(transaction: Transaction, recommendation: Recommendation) -> bool:
    """Those of the area that made it or of the one that holds it; of sensitive matters by right alone."""
    item = transaction.get_one(AgendaItem, recommendation.item_id)
    if not may_read(item):
        return False
    return any(seen_committee(transaction, code) for code in (recommendation.committee, recommendation.holder))
