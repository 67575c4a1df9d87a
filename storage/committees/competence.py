"""Moves items between committees: when these are installed or closed, and up, when a secretary passes an item on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.committees.agenda import about_of, committee_for, subject_key
from storage.committees.agenda_items import open_concerns, record_item, set_state
from storage.committees.agendas import AgendaPlacement
from storage.committees.carried_over import RECORDED_WITHIN
from storage.committees.recommendations import WAITING
from storage.enumerations import ConcernState, ItemState, MeetingState
from storage.tables.committees import AgendaItem, Committee, Meeting, Recommendation
from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class Leaving:
    """What would move if a committee were closed, and to which committee."""

    to: Committee
    items: int
    concerns: int


def standing_above(transaction: Transaction, committee: Committee) -> Committee:
    """The nearest installed committee above; the highest one if none is installed; the committee itself at the top."""
    above = committee
    while above.above:
        above = transaction.get_one(Committee, above.above)
        if above.installed:
            break
    return above


def what_leaves(transaction: Transaction, committee: Committee) -> Leaving:
    """Counts what would move if this committee were closed; changes nothing."""
    concerns = (
        select(func.count())
        .select_from(Concern)
        .join(AgendaItem, AgendaItem.id == Concern.item_id)
        .where(AgendaItem.committee == committee.code, AgendaItem.state != ItemState.CLOSED)
        .where(Concern.state != ConcernState.CLOSED)
    )
    items = select(func.count()).where(AgendaItem.committee == committee.code, AgendaItem.state != ItemState.CLOSED)
    return Leaving(
        standing_above(transaction, committee), transaction.scalar(items) or 0, transaction.scalar(concerns) or 0
    )


def give_up_all(transaction: Transaction, pack: Pack, committee: Committee, now: datetime, actor: str) -> int:
    """Gives the unfinished items of a committee that was just closed to the one above; returns how many concerns moved.

    Decided, referred and recommended items move too and keep their state, so that somebody follows them up.
    """
    to, placement, moved = standing_above(transaction, committee), AgendaPlacement(transaction, pack, now), 0
    for item in _open_items(transaction, AgendaItem.committee == committee.code):
        if item.moved_from is None:
            item.moved_from = committee.code
            item.moved_from_meeting_id = item.meeting_id if item.is_open else None
        if item.is_open:
            item.meeting_id = placement.meeting(to.code).id
        moved += _give(transaction, item, to.code)
        record_item(transaction, item, now, actor, "moved_up", to=to.code)
    for recommendation in transaction.scalars(
        select(Recommendation).where(Recommendation.holder == committee.code, Recommendation.state.in_(WAITING))
    ):
        recommendation.holder, recommendation.moved_from = to.code, recommendation.moved_from or committee.code
    transaction.flush()
    return moved


def give_item(transaction: Transaction, pack: Pack, item: AgendaItem, to: Committee, now: datetime) -> int:
    """Gives one item to another committee because somebody chose to; returns how many concerns moved.

    The item goes to that committee's next meeting. An item that was given to a higher committee stays there when
    committees are installed or closed later.
    """
    chain = [committee.code for committee in pack.committees_above(item.commune)]
    goes_up = item.committee in chain and to.code in chain and chain.index(to.code) > chain.index(item.committee)
    item.passed_up_by = item.committee if goes_up else None
    item.moved_from, item.moved_from_meeting_id, item.position = None, None, None
    if item.is_open:
        item.meeting_id = AgendaPlacement(transaction, pack, now).meeting(to.code).id
    return _give(transaction, item, to.code)


def may_go_to(transaction: Transaction, pack: Pack, item: AgendaItem) -> list[Committee]:
    """The committees to which an item may be given: the installed ones above its own, and the one competent for it."""
    chain = [committee.code for committee in pack.committees_above(item.commune)]
    query = select(Committee).where(Committee.code.in_(chain), Committee.installed)
    installed = {committee.code: committee for committee in transaction.scalars(query)}
    above = chain[chain.index(item.committee) + 1 :] if item.committee in chain else []
    wanted = [committee_for(pack, item.commune, item.category, installed.__contains__), *above]
    return [installed[code] for code in dict.fromkeys(wanted) if code in installed and code != item.committee]


def collect_strays(transaction: Transaction, pack: Pack, now: datetime) -> int:
    """Moves items that reached a committee while it was being closed to the one above; returns how many concerns."""
    return sum(
        give_up_all(transaction, pack, committee, now, "timetable") for committee in closed_with_items(transaction)
    )


def closed_with_items(transaction: Transaction) -> Sequence[Committee]:
    """The committees that are not installed but still have items that are not closed."""
    left = select(AgendaItem.committee).where(AgendaItem.state != ItemState.CLOSED)
    closed = select(Committee).where(Committee.code.in_(left.distinct()), Committee.installed.is_(False))
    return transaction.scalars(closed).all()


def move_down(transaction: Transaction, pack: Pack, committee: Committee, now: datetime, actor: str) -> int:
    """Gives a committee that was just installed its items; returns how many concerns moved.

    These are the items that it had when it was closed, unless a committee above has treated them since, and the open
    items of its area that went to a committee above only because this one was not installed.
    """
    placement, moved = AgendaPlacement(transaction, pack, now), 0
    for item in _open_items(
        transaction,
        AgendaItem.committee != committee.code,
        AgendaItem.commune.in_(pack.communes_under(committee.area)),
    ):
        if item.moved_from == committee.code:
            was_treated_above = not item.is_open and _meets_before(transaction, item) != committee.code
            kept, item.moved_from = item.moved_from_meeting_id, None
            item.moved_from_meeting_id = None
            if was_treated_above:
                continue
        elif item.is_open and _belongs_before(transaction, placement, item) == committee.code:
            kept = None
        else:
            continue
        if item.is_open:
            item.meeting_id = _still_planned(transaction, kept, now) or placement.meeting(committee.code).id
        moved += _give(transaction, item, committee.code)
        record_item(transaction, item, now, actor, "moved_down", to=committee.code)
    for recommendation in transaction.scalars(
        select(Recommendation).where(Recommendation.moved_from == committee.code)
    ):
        if recommendation.state in WAITING:
            recommendation.holder = committee.code
        recommendation.moved_from = None
    transaction.flush()
    return moved


def _open_items(transaction: Transaction, *which: object) -> Sequence[AgendaItem]:
    """Locks these items until the transaction ends, so that nobody treats them while they move."""
    query = select(AgendaItem).where(AgendaItem.state != ItemState.CLOSED, *which)  # type: ignore[arg-type]
    return transaction.scalars(
        query.order_by(AgendaItem.id).with_for_update().execution_options(populate_existing=True)
    ).all()


def _give(transaction: Transaction, item: AgendaItem, to: str) -> int:
    """Moves an item and its open concerns to another committee; returns how many concerns moved."""
    if item.is_open:
        key = _plain_key(transaction, item)
        taken = select(AgendaItem.id).where(
            AgendaItem.committee == to, AgendaItem.subject_key == key, AgendaItem.is_open, AgendaItem.id != item.id
        )
        # If both committees have an open item of this subject, the two stay apart: one of them may move back later.
        item.subject_key = f"{key}|{item.id}" if transaction.scalars(taken).first() else key
    item.committee = to
    concerns = open_concerns(transaction, item)
    for concern in concerns:
        concern.committee = to
    transaction.flush()
    return len(concerns)


def _plain_key(transaction: Transaction, item: AgendaItem) -> str:
    """The subject key of an item without the suffix that moving it may add."""
    first = select(Concern.id, Concern.subjects).where(Concern.item_id == item.id).order_by(Concern.id).limit(1)
    concern, subjects = transaction.execute(first).one_or_none() or (0, "")
    return subject_key(item.category, item.commune, item.place, item.kind, about_of(item.kind, concern, subjects))


def _belongs_before(transaction: Transaction, placement: AgendaPlacement, item: AgendaItem) -> str:
    if item.passed_up_by:
        return standing_above(transaction, transaction.get_one(Committee, item.passed_up_by)).code
    return placement.committee(item.commune, item.category)


def _meets_before(transaction: Transaction, item: AgendaItem) -> str:
    return transaction.get_one(Meeting, item.meeting_id).committee


def _still_planned(transaction: Transaction, meeting_id: int | None, now: datetime) -> int | None:
    """The id of a meeting, if the meeting is still to be held or recorded; else None."""
    meeting = transaction.get(Meeting, meeting_id) if meeting_id else None
    if meeting is None or meeting.state is not MeetingState.PLANNED or meeting.starts_at <= now - RECORDED_WITHIN:
        return None
    return meeting.id


def move_up(transaction: Transaction, pack: Pack, item: AgendaItem, above: str, now: datetime) -> list[Concern]:
    """Gives an item's open concerns to the committee above and closes the item; returns these concerns."""
    placement = AgendaPlacement(transaction, pack, now)
    moved = list(
        transaction.scalars(select(Concern).where(Concern.item_id == item.id, Concern.state != ConcernState.CLOSED))
    )
    for concern in moved:
        placement.place_before(concern, above).passed_up_by = item.committee
        concern.state = ConcernState.RECEIVED
    transaction.flush()
    set_state(item, ItemState.CLOSED)
    return moved
