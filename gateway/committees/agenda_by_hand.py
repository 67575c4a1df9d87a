"""Changes that people make to an agenda: take items off, order them, write titles and summaries."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.clean_text import clean_line
from flows.committees.titles import LONGEST_TITLE
from flows.outbound_contents import unfit
from gateway.committees.concerns import ActRefused
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import record_item, take_off_agenda
from storage.committees.titles import SUMMARY, TITLE
from storage.concerns.concerns import record
from storage.enumerations import ItemState
from storage.refusals import Why
from storage.tables.committees import AgendaItem

LONGEST_SUMMARY = 600
"""Characters of a summary."""


def take_off(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str) -> None:
    """Takes an item off the agenda of its meeting. Citizens who were not notified yet are not notified.

    The score of the item may propose it again for the next meeting. Raises `ActRefused` if it was treated already.
    """
    if item.state not in (ItemState.PROPOSED, ItemState.ON_AGENDA):
        raise ActRefused(Why.ITEM_HAD_ITS_TURN)
    now = deployment.now()
    for concern in take_off_agenda(transaction, item):
        concern.news_due_at = None
        record(transaction, concern, now, actor, "taken_off", committee=item.committee)
    record_item(transaction, item, now, actor, "taken_off")


def put_in_order(
    deployment: Deployment, transaction: Transaction, committee: str, wanted: Sequence[int], actor: str
) -> int:
    """Puts the open items of a committee into the order of `wanted` (item ids); returns how many items moved."""
    query = select(AgendaItem).where(AgendaItem.committee == committee, AgendaItem.is_open, AgendaItem.id.in_(wanted))
    items = {item.id: item for item in transaction.scalars(query.with_for_update())}
    moved = 0
    for position, id in enumerate(wanted, start=1):
        item = items.get(id)
        if item is not None and item.position != position:
            item.position = position
            record_item(transaction, item, deployment.now(), actor, "ordered", position=position)
            moved += 1
    return moved


def describe(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, title: str, summary: str
) -> None:
    """Sets the title and the neutral summary of an item; an empty title is replaced by one made from the pack's words.

    Raises `ActRefused` if a text is too long, if it holds a number or a link (documents and SMS would repeat it), or if
    the item is sensitive.
    """
    title, summary = clean_line(title), " ".join(summary.split())
    if len(title) > LONGEST_TITLE or len(summary) > LONGEST_SUMMARY:
        raise ActRefused(Why.WORDING_TOO_LONG, most=LONGEST_TITLE, most_summary=LONGEST_SUMMARY)
    if deployment.pack.categories[item.category].sensitive and (title or summary):
        raise ActRefused(Why.WORDING_OF_SENSITIVE)
    if any(text and unfit(text, deployment.pack) for text in (title, summary)):
        raise ActRefused(Why.WORDING_WITH_NUMBER)
    item.title_sealed = deployment.vault.seal(TITLE, title) if title else None
    item.summary_sealed = deployment.vault.seal(SUMMARY, summary) if summary else None
    record_item(transaction, item, deployment.now(), actor, "described")
