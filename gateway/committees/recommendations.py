"""Recommendations: they go up (commune, region or district, CRSS, CNRSS), and their answers come back down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session as Transaction

from flows.committees.digest import day
from gateway.committees.concerns import ActRefused, close_item, words_for_citizens
from gateway.outbound.citizen_notifications import notify_when_settled
from gateway.outbound.secretary_notifications import notify_secretaries
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, TREATED, locked_item, open_concerns, record_item, set_state
from storage.committees.agendas import AgendaPlacement
from storage.committees.competence import standing_above
from storage.committees.recommendations import (
    REPLY,
    TEXT,
    WAITING,
    add_step,
    locked_recommendation,
    next_number,
    steps_of,
)
from storage.concerns.concerns import ANSWER, record
from storage.enumerations import ConcernState, ItemState, RecommendationState
from storage.refusals import Why
from storage.tables.committees import AgendaItem, Committee, Recommendation

LONGEST = 2000
"""Characters; a recommendation is sent on paper and by web, never by SMS."""
LONGEST_REPLY = 400
"""Characters; an SMS of three parts to a citizen holds so many."""


def recommend(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, text: str
) -> Recommendation:
    """Asks the level above for what the committee cannot do itself. The citizens of the item are told of each step.

    Raises `ActRefused` if there is no level above, if the item has been treated, or if the text cannot be sent.
    """
    now, text = deployment.now(), " ".join(text.split())
    asking = transaction.get_one(Committee, item.committee)
    if asking.above is None:
        raise ActRefused(Why.TOP_LEVEL_DECIDES)
    if item.state in TREATED:
        raise ActRefused(Why.ITEM_GONE)
    if not text or len(text) > LONGEST:
        raise ActRefused(Why.RECOMMENDATION_LENGTH, most=LONGEST)
    words_for_citizens(deployment.pack, text)
    recommendation = Recommendation(
        number=next_number(transaction, now.astimezone(deployment.pack.time_zone).year),
        item_id=item.id,
        committee=item.committee,
        holder=item.committee,
        text_sealed=deployment.vault.seal(TEXT, text),
        created_at=now,
        held_since=now,
        state=RecommendationState.OPEN,
        version=1,
    )
    transaction.add(recommendation)
    transaction.flush()
    add_step(transaction, deployment.vault, recommendation, now, actor, "made", text)
    set_state(item, ItemState.RECOMMENDED)
    item.treated_at_id = item.meeting_id
    item.decision_sealed = deployment.vault.seal(DECISION, f"Recommandation {recommendation.number}.")
    record_item(transaction, item, now, actor, "recommended", number=recommendation.number)
    _hand_over(deployment, transaction, recommendation, actor, standing_above(transaction, asking).code)
    return recommendation


def lock_recommendation(transaction: Transaction, number: str, version: int | None = None) -> Recommendation:
    """Locks a recommendation for one act and returns it. `version` is the one that the person has seen.

    Raises `ActRefused` if it has its answer, or if somebody has changed it since.
    """
    recommendation = locked_recommendation(transaction, number)
    if (
        recommendation is None
        or recommendation.state not in WAITING
        or (version is not None and recommendation.version != version)
    ):
        raise ActRefused(Why.RECOMMENDATION_GONE)
    return recommendation


def accept(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, actor: str, _: str = ""
) -> None:
    """Records that the level that holds the recommendation will deal with it. Raises `ActRefused`.

    Its answer is still due.
    """
    if recommendation.state is RecommendationState.ACCEPTED:
        raise ActRefused(Why.RECOMMENDATION_ACCEPTED)
    recommendation.state, recommendation.moved_from = RecommendationState.ACCEPTED, None
    add_step(transaction, deployment.vault, recommendation, deployment.now(), actor, "accepted")
    _tell_those_below(deployment, transaction, recommendation, "accepted")


def pass_on(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, actor: str, text: str = ""
) -> None:
    """Passes a recommendation to the level above, with an optional reason. Raises `ActRefused` at the top level."""
    holder = transaction.get_one(Committee, recommendation.holder)
    if holder.above is None:
        raise ActRefused(Why.TOP_LEVEL_ANSWERS)
    add_step(
        transaction,
        deployment.vault,
        recommendation,
        deployment.now(),
        actor,
        "passed_on",
        " ".join(text.split())[:LONGEST],
    )
    _hand_over(deployment, transaction, recommendation, actor, standing_above(transaction, holder).code)


def answer(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, actor: str, text: str
) -> None:
    """Answers a recommendation, tells every committee on its way, and closes the item. Raises `ActRefused`."""
    text = _reply(deployment, transaction, recommendation, actor, "answered", text)
    recommendation.state = RecommendationState.ANSWERED
    _tell_those_below(deployment, transaction, recommendation, "answered", text)
    item = locked_item(transaction, recommendation.item_id)
    if item and item.state is not ItemState.CLOSED:
        close_item(deployment, transaction, item, actor, text)


def decline(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, actor: str, text: str
) -> None:
    """Declines a recommendation with a reason. Its concerns go back to the committee that made it.

    Raises `ActRefused` if the reason cannot be sent to citizens.
    """
    text = _reply(deployment, transaction, recommendation, actor, "declined", text)
    recommendation.state = RecommendationState.DECLINED
    _tell_those_below(deployment, transaction, recommendation, "declined", text)
    item = locked_item(transaction, recommendation.item_id)
    if item is None or item.state is not ItemState.RECOMMENDED:
        return
    now, placement = deployment.now(), AgendaPlacement(transaction, deployment.pack, deployment.now())
    concerns = open_concerns(transaction, item)
    set_state(item, ItemState.CLOSED)
    record_item(transaction, item, now, actor, "declined", number=recommendation.number)
    for concern in concerns:
        again = placement.place_before(concern, item.committee)
        set_state(again, ItemState.DISCUSSED)
        concern.state, concern.passed_to = ConcernState.DISCUSSED, None
        concern.answer_sealed = deployment.vault.seal(ANSWER, text)
        record(transaction, concern, now, actor, "declined", number=recommendation.number)
        notify_when_settled(deployment, transaction, concern)


ACTS: dict[str, Callable[[Deployment, Transaction, Recommendation, str, str], None]] = {
    "accept": accept,
    "pass_on": pass_on,
    "answer": answer,
    "decline": decline,
}


def _reply(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, actor: str, what: str, text: str
) -> str:
    text = words_for_citizens(deployment.pack, text)
    if len(text) > LONGEST_REPLY:
        raise ActRefused(Why.REPLY_TOO_LONG, is_about_the_answer=True, most=LONGEST_REPLY)
    recommendation.reply_sealed = deployment.vault.seal(REPLY, text)
    add_step(transaction, deployment.vault, recommendation, deployment.now(), actor, what, text)
    return text


def _hand_over(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, actor: str, to: str
) -> None:
    """Gives a recommendation to a committee; notifies its secretaries and the citizens of the item."""
    now = deployment.now()
    recommendation.holder, recommendation.held_since, recommendation.reminded_at, recommendation.moved_from = (
        to,
        now,
        None,
        None,
    )
    recommendation.state = RecommendationState.OPEN
    holder = transaction.get_one(Committee, to)
    until = (now + timedelta(days=deployment.pack.recommendation_days)).astimezone(deployment.pack.time_zone)
    made_by = transaction.get_one(Committee, recommendation.committee).name
    notify_secretaries(
        deployment,
        transaction,
        holder,
        f"recommendation:{recommendation.number}:{recommendation.version}",
        "recommendation.received",
        number=recommendation.number,
        committee=made_by,
        date=day(until.date()),
    )
    if to != recommendation.committee and len(steps_of(transaction, recommendation)) > 1:
        _tell_those_below(deployment, transaction, recommendation, "passed_on")
    item = transaction.get_one(AgendaItem, recommendation.item_id)
    for concern in open_concerns(transaction, item):
        concern.state, concern.passed_to = ConcernState.PASSED_ON, holder.level
        record(transaction, concern, now, actor, "passed_on", to=holder.level, number=recommendation.number)
        notify_when_settled(deployment, transaction, concern)


def _tell_those_below(
    deployment: Deployment, transaction: Transaction, recommendation: Recommendation, what: str, text: str = ""
) -> None:
    """Tells the secretaries of every committee below the holder, from the one that made the recommendation."""
    holder = transaction.get_one(Committee, recommendation.holder)
    below: Committee | None = transaction.get_one(Committee, recommendation.committee)
    while below and below.code != holder.code:
        notify_secretaries(
            deployment,
            transaction,
            below,
            f"recommendation:{recommendation.number}:{recommendation.version}:{below.code}",
            f"recommendation.{what}",
            number=recommendation.number,
            holder=holder.name,
            answer=text,
        )
        below = transaction.get(Committee, below.above) if below.above else None
