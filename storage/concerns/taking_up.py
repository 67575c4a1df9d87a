"""Records who took a concern up first (opened it or acted on it), and finds those that nobody took up in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm.attributes import set_committed_value

from storage.enumerations import ConcernState
from storage.tables.concerns import Concern

IN_TIME = timedelta(minutes=15)
"""How long an emergency, or a message that may be one, may wait until somebody takes it up."""
TOLD_WITHIN = timedelta(days=1)
"""No duty number is told of older concerns, for example after a stop of the gateway; the list still shows them."""
MAY_BE_URGENT = "may_be_urgent"
"""The reason for a review: the message may be an emergency (`flows.triage`)."""
REPLIED = "replied"
"""The reason for a review: the citizen has replied."""
REASONS_AS_TEXT = f'%"{MAY_BE_URGENT}"%'


def take_up(transaction: Transaction, concern: Concern, actor: str, now: datetime) -> None:
    """Records who first opened a concern or acted on it. The version does not change, so open forms stay valid."""
    if concern.taken_up_at is not None:
        return
    if _note(transaction, Concern.id == concern.id, actor, now):
        set_committed_value(concern, "taken_up_at", now)
        set_committed_value(concern, "taken_up_by", actor)
    else:
        transaction.refresh(concern, ["taken_up_at", "taken_up_by"])


def take_up_item(transaction: Transaction, item_id: int, actor: str, now: datetime) -> None:
    """Takes up all concerns of an agenda item, because a phone shows an item and not its single messages."""
    _note(transaction, Concern.item_id == item_id, actor, now)


def has_replied(concern: Concern, may_be_urgent: bool, now: datetime) -> None:
    """Marks a concern for review after a citizen's reply. If the reply may be urgent, the time limit starts again."""
    concern.replied_at, concern.asked_at, concern.needs_review = now, None, True
    reasons = [REPLIED, *([MAY_BE_URGENT] if may_be_urgent else [])]
    concern.reasons = list(dict.fromkeys([*concern.reasons, *reasons]))
    if may_be_urgent:
        concern.taken_up_at = concern.taken_up_by = concern.late_told_at = None


def _note(transaction: Transaction, which: ColumnElement[bool], actor: str, now: datetime) -> bool:
    """Returns whether a concern was taken up by this."""
    done = transaction.execute(
        update(Concern)
        .where(which, Concern.taken_up_at.is_(None))
        .values(taken_up_at=now, taken_up_by=actor)
        .returning(Concern.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def is_untreated_emergency() -> ColumnElement[bool]:
    """The SQL condition for an emergency on which nobody has acted. An unread report of danger has rank 0 too."""
    return and_(Concern.urgency_rank == 0, Concern.state == ConcernState.RECEIVED, Concern.duplicate_of.is_(None))


def may_be_urgent() -> ColumnElement[bool]:
    """The SQL condition for a message that may be an emergency and that nobody has reviewed or acted on."""
    untreated = or_(Concern.state == ConcernState.RECEIVED, Concern.taken_up_at.is_(None))
    return and_(
        Concern.needs_review,
        Concern.state != ConcernState.CLOSED,
        untreated,
        Concern.duplicate_of.is_(None),
        cast(Concern.reasons, Text).like(REASONS_AS_TEXT),
    )


def is_late(concern: Concern, now: datetime) -> bool:
    """Whether nobody took an urgent concern up in time. The caller knows that it is urgent."""
    return concern.taken_up_at is None and (concern.replied_at or concern.received_at) <= now - IN_TIME


def late_and_untold(transaction: Transaction, now: datetime, most: int = 200) -> Sequence[Concern]:
    """Locks and returns late emergencies, and messages that may be one, of which no duty number was told."""
    return transaction.scalars(
        select(Concern)
        .where(
            or_(is_untreated_emergency(), may_be_urgent()),
            Concern.taken_up_at.is_(None),
            Concern.late_told_at.is_(None),
            func.coalesce(Concern.replied_at, Concern.triaged_at) <= now - IN_TIME,
            func.coalesce(Concern.replied_at, Concern.received_at) > now - TOLD_WITHIN,
        )
        .order_by(Concern.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
