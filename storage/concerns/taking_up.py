"""Who first took a concern up, and which nobody has taken up in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState
from storage.tables.concerns import Concern

IN_TIME = timedelta(minutes=15)
"""How long an emergency may wait until somebody takes it up, and a message that may be one until it is opened."""
TOLD_WITHIN = timedelta(days=1)
"""Nobody is told of what came earlier: after a stop or an upgrade the list shows it all the same."""
MAY_BE_URGENT = "may_be_urgent"
"""The reason of a review that says that a message may be an emergency (`flows.triage`)."""
REPLIED = "replied"
"""The reason that shows a person that a citizen has replied."""
REASONS_AS_TEXT = f'%"{MAY_BE_URGENT}"%'


def take_up(transaction: Transaction, concern: Concern, actor: str, now: datetime) -> None:
    """Notes who first opened a concern or acted on it. It is no new version: nobody's open form becomes stale."""
    if concern.taken_up_at is not None:
        return
    _note(transaction, Concern.id == concern.id, actor, now)
    transaction.refresh(concern, ["taken_up_at", "taken_up_by"])


def take_up_item(transaction: Transaction, item_id: int, actor: str, now: datetime) -> None:
    """The same for all that stands in an agenda item: a phone shows an item, not each of its messages."""
    _note(transaction, Concern.item_id == item_id, actor, now)


def has_replied(concern: Concern, may_be_urgent: bool, now: datetime) -> None:
    """A reply was read: somebody is to look; if it may be urgent, within the same time as a message that came so."""
    concern.replied_at, concern.asked_at, concern.needs_review = now, None, True
    reasons = [REPLIED, *([MAY_BE_URGENT] if may_be_urgent else [])]
    concern.reasons = list(dict.fromkeys([*concern.reasons, *reasons]))
    if may_be_urgent:
        concern.taken_up_at = concern.taken_up_by = concern.late_told_at = None


def _note(transaction: Transaction, which: ColumnElement[bool], actor: str, now: datetime) -> None:
    transaction.execute(
        update(Concern)
        .where(which, Concern.taken_up_at.is_(None))
        .values(taken_up_at=now, taken_up_by=actor)
        .execution_options(synchronize_session=False)
    )


def is_untreated_emergency() -> ColumnElement[bool]:
    """An emergency on which nobody has acted, as a condition in SQL; one that is not read yet is of rank 0 too."""
    return and_(Concern.urgency_rank == 0, Concern.state == ConcernState.RECEIVED, Concern.duplicate_of.is_(None))


def may_be_urgent() -> ColumnElement[bool]:
    """A message that may be an emergency and that nobody has reviewed or acted on, as a condition in SQL."""
    untreated = or_(Concern.state == ConcernState.RECEIVED, Concern.taken_up_at.is_(None))
    return and_(
        Concern.needs_review,
        Concern.state != ConcernState.CLOSED,
        untreated,
        Concern.duplicate_of.is_(None),
        cast(Concern.reasons, Text).like(REASONS_AS_TEXT),
    )


def is_late(concern: Concern, now: datetime) -> bool:
    """Whether nobody took a concern up in time. The caller knows that it is urgent."""
    return concern.taken_up_at is None and (concern.replied_at or concern.received_at) <= now - IN_TIME


def late_and_untold(transaction: Transaction, now: datetime, most: int = 200) -> Sequence[Concern]:
    """Emergencies, and what may be one, that nobody took up in time and of which no duty number was told; held."""
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
