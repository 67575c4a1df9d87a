"""The satisfaction of citizens with a committee's answers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How many citizens said yes and no when they were asked whether the answer satisfies them."""

    yes: int
    no: int

    @property
    def percent(self) -> int | None:
        """The percentage of yes among those who answered; None if nobody has."""
        answered = self.yes + self.no
        return round(100 * self.yes / answered) if answered else None


def satisfaction_of(transaction: Transaction, committee: str) -> Satisfaction:
    """The satisfaction with the answers to the concerns that a committee has now."""
    rows = transaction.execute(
        select(Concern.satisfied, func.count())
        .where(Concern.committee == committee, Concern.satisfied.is_not(None))
        .group_by(Concern.satisfied)
    )
    counts = {bool(satisfied): count for satisfied, count in rows}
    return Satisfaction(counts.get(True, 0), counts.get(False, 0))
