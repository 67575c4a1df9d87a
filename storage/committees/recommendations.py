"""The numbered register of recommendations, with the state of each and its steps from level to level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import RecommendationState
from storage.safety.vault import Vault
from storage.tables.committees import AgendaItem, Committee, Recommendation, RecommendationStep

TEXT, REPLY, STEP = "recommendations.text", "recommendations.reply", "recommendation_steps.text"
WAITING = (RecommendationState.OPEN, RecommendationState.ACCEPTED)


def next_number(transaction: Transaction, year: int) -> str:
    """The next free number, such as `R-2026-014`: one series a year for the whole country.

    If another transaction takes the number first, the caller's insert fails.
    """
    start = f"R-{year}-"
    numbers = transaction.scalars(select(Recommendation.number).where(Recommendation.number.startswith(start))).all()
    return f"{start}{max((int(number.rpartition('-')[2]) for number in numbers), default=0) + 1:03d}"


def locked_recommendation(transaction: Transaction, number: str) -> Recommendation | None:
    """Locks a recommendation until the transaction ends."""
    return transaction.scalars(
        select(Recommendation)
        .where(Recommendation.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def add_step(
    transaction: Transaction,
    vault: Vault,
    recommendation: Recommendation,
    now: datetime,
    actor: str,
    what: str,
    text: str = "",
) -> None:
    """Adds a step to a recommendation, in the name of the level that holds it now."""
    recommendation.version += 1
    transaction.add(
        RecommendationStep(
            recommendation_id=recommendation.id,
            at=now,
            actor=actor,
            committee=recommendation.holder,
            what=what,
            text_sealed=vault.seal(STEP, text) if text else None,
        )
    )


def steps_of(transaction: Transaction, recommendation: Recommendation) -> Sequence[RecommendationStep]:
    """The steps of a recommendation, the oldest first."""
    return transaction.scalars(
        select(RecommendationStep)
        .where(RecommendationStep.recommendation_id == recommendation.id)
        .order_by(RecommendationStep.id)
    ).all()


def register(
    transaction: Transaction, committees: Sequence[str] | None, only_waiting: bool = False
) -> Sequence[Recommendation]:
    """The recommendations that these committees (None: all) made or hold; 500 at most, the newest first."""
    query = select(Recommendation).order_by(Recommendation.id.desc()).limit(500)
    if committees is not None:
        query = query.where(Recommendation.committee.in_(committees) | Recommendation.holder.in_(committees))
    if only_waiting:
        query = query.where(Recommendation.state.in_(WAITING))
    return transaction.scalars(query).all()


def items_of(transaction: Transaction, recommendations: Sequence[Recommendation]) -> Sequence[AgendaItem]:
    """Loads the items of these recommendations at once, so that the transaction needs no query for each."""
    wanted = {recommendation.item_id for recommendation in recommendations}
    return transaction.scalars(select(AgendaItem).where(AgendaItem.id.in_(wanted))).all() if wanted else []


def made_of(transaction: Transaction, items: Sequence[int]) -> dict[int, Recommendation]:
    """The recommendation of each item, by item id; the last one if there are several."""
    query = select(Recommendation).where(Recommendation.item_id.in_(items)).order_by(Recommendation.id)
    return {recommendation.item_id: recommendation for recommendation in transaction.scalars(query)}


@dataclass(frozen=True, slots=True)
class Owed:
    """A recommendation that a level has to answer, with its item and the committee that made it."""

    recommendation: Recommendation
    item: AgendaItem
    made_by: Committee


def owed_by(transaction: Transaction, committee: str) -> Sequence[Owed]:
    """What a level has to answer or pass on, the longest held first; one query."""
    query = (
        select(Recommendation, AgendaItem, Committee)
        .join(AgendaItem, AgendaItem.id == Recommendation.item_id)
        .join(Committee, Committee.code == Recommendation.committee)
        .where(Recommendation.holder == committee, Recommendation.state.in_(WAITING))
        .order_by(Recommendation.held_since)
    )
    return [Owed(*row) for row in transaction.execute(query)]


def overdue(transaction: Transaction, before: datetime, most: int = 100) -> Sequence[Recommendation]:
    """Up to `most` recommendations that a level has held since before `before` and was not reminded of."""
    return transaction.scalars(
        select(Recommendation)
        .where(
            Recommendation.state.in_(WAITING), Recommendation.held_since < before, Recommendation.reminded_at.is_(None)
        )
        .limit(most)
    ).all()
