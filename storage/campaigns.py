"""Masses of like texts, as they are kept: by a keyed hash of their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from flows.campaigns import FEWEST_NUMBERS
from storage.concerns import Sight
from storage.models import Concern, UtcDateTime

WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Campaign:
    """`numbers` people said the same in `reports` messages; `first` and `last` are when, `example` one of them."""

    numbers: int
    reports: int
    first: datetime
    last: datetime
    example: Concern


def campaigns(session: Session, sight: Sight, now: datetime, most: int = 50) -> Sequence[Campaign]:
    """Those of the last day, the largest first."""
    people = func.count(func.distinct(Concern.contact_id))
    query = (
        select(
            people,
            func.count(),
            func.min(Concern.received_at, type_=UtcDateTime()),
            func.max(Concern.received_at, type_=UtcDateTime()),
            func.min(Concern.id),
        )
        .where(Concern.words_hash.is_not(None), Concern.received_at > now - WITHIN)
        .group_by(Concern.words_hash)
        .having(people >= FEWEST_NUMBERS)
        .order_by(people.desc())
        .limit(most)
    )
    found: Sequence[Any] = session.execute(sight.limit(cast("Select[Any]", query))).all()
    return [
        Campaign(numbers, reports, first, last, session.get_one(Concern, id))
        for numbers, reports, first, last, id in found
    ]
