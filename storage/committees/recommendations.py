"""Recommendations: a register with numbers, where each stands, and its way step by step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import RecommendationState
from storage.safety.vault import Vault
from storage.tables.committees import Recommendation, RecommendationStep

TEXT, REPLY, STEP = "recommendations.text", "recommendations.reply", "recommendation_steps.text"
WAITING = (RecommendationState.OPEN, RecommendationState.ACCEPTED)


def next_number(transaction: Transaction, year: int) -> str:
    """`R-2026-014`: counted through the year and the country. The caller's insert fails if somebody else took it."""
    start = f"R-{year}-"
    numbers = transaction.scalars(select(Recommendation.number).where(Recommendation.number.startswith(start))).all()
    return f"{start}{max((int(number.rpartition('-')[2]) for number in numbers), default=0) + 1:03d}"


def locked_recommendation(transaction: Transaction, number: str) -> Recommendation | None:
    """The recommendation, held until the transaction ends."""
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
    """A step taken at the level that holds it now."""
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
    return transaction.scalars(
        select(RecommendationStep)
        .where(RecommendationStep.recommendation_id == recommendation.id)
        .order_by(RecommendationStep.id)
    ).all()


def register(
    transaction: Transaction, committees: Sequence[str] | None, only_waiting: bool = False
) -> Sequence[Recommendation]:
    """The recommendations that these committees made or hold, newest first; of all when None."""
    query = select(Recommendation).order_by(Recommendation.id.desc()).limit(500)
    if committees is not None:
        query = query.where(Recommendation.committee.in_(committees) | Recommendation.holder.in_(committees))
    if only_waiting:
        query = query.where(Recommendation.state.in_(WAITING))
    return transaction.scalars(query).all()


def owed_by(transaction: Transaction, committee: str) -> Sequence[Recommendation]:
    """What a level has to answer or pass on, the longest first."""
    query = select(Recommendation).where(Recommendation.holder == committee, Recommendation.state.in_(WAITING))
    return transaction.scalars(query.order_by(Recommendation.held_since)).all()


def overdue(transaction: Transaction, before: datetime, most: int = 100) -> Sequence[Recommendation]:
    """Those held since before a moment, whose level was not reminded."""
    return transaction.scalars(
        select(Recommendation)
        .where(
            Recommendation.state.in_(WAITING), Recommendation.held_since < before, Recommendation.reminded_at.is_(None)
        )
        .limit(most)
    ).all()
