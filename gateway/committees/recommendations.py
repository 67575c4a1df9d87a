"""A recommendation's way up (commune, region or district, CRSS, CNRSS) and its answer's way down."""

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
from storage.tables.committees import AgendaItem, Committee, Recommendation

LONGEST = 2000
"""Characters; it goes by paper and by web, never by SMS."""
LONGEST_REPLY = 400
"""Characters that a citizen can be told in three SMS."""


def recommend(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, said: str
) -> Recommendation:
    """Asks the level above for what the committee cannot do itself; the item's citizens can follow it to the end."""
    now, said = deployment.now(), " ".join(said.split())
    asking = transaction.get_one(Committee, item.committee)
    if asking.above is None:
        raise ActRefused("Aucun niveau au-dessus : décidez ici.")
    if item.state in TREATED:
        raise ActRefused("Déjà traité par quelqu'un d'autre. Relisez, puis recommencez.")
    if not said or len(said) > LONGEST:
        raise ActRefused(f"Écrivez la recommandation, {LONGEST} caractères au plus.")
    words_for_citizens(deployment.pack, said)
    one = Recommendation(
        number=next_number(transaction, now.astimezone(deployment.pack.time_zone).year),
        item_id=item.id,
        committee=item.committee,
        holder=item.committee,
        text_sealed=deployment.vault.seal(TEXT, said),
        created_at=now,
        held_since=now,
        state=RecommendationState.OPEN,
        version=1,
    )
    transaction.add(one)
    transaction.flush()
    add_step(transaction, deployment.vault, one, now, actor, "made", said)
    set_state(item, ItemState.RECOMMENDED)
    item.treated_at_id = item.meeting_id
    item.decision_sealed = deployment.vault.seal(DECISION, f"Recommandation {one.number}.")
    record_item(transaction, item, now, actor, "recommended", number=one.number)
    _hand_over(deployment, transaction, one, actor, standing_above(transaction, asking).code)
    return one


def lock_recommendation(transaction: Transaction, number: str, version: int | None = None) -> Recommendation:
    """The recommendation for one act, held. Raises `ActRefused` when it has its answer, or somebody was faster."""
    one = locked_recommendation(transaction, number)
    if one is None or one.state not in WAITING or (version is not None and one.version != version):
        raise ActRefused("Déjà traitée par quelqu'un d'autre. Relisez, puis recommencez.")
    return one


def accept(deployment: Deployment, transaction: Transaction, one: Recommendation, actor: str, _: str = "") -> None:
    """The level takes it upon itself; its answer is still owed."""
    if one.state is RecommendationState.ACCEPTED:
        raise ActRefused("Déjà acceptée.")
    one.state, one.moved_from = RecommendationState.ACCEPTED, None
    add_step(transaction, deployment.vault, one, deployment.now(), actor, "accepted")
    _tell_those_below(deployment, transaction, one, "accepted")


def pass_on(deployment: Deployment, transaction: Transaction, one: Recommendation, actor: str, said: str = "") -> None:
    """To the level above, with a word of why if there is one."""
    holder = transaction.get_one(Committee, one.holder)
    if holder.above is None:
        raise ActRefused("Aucun niveau au-dessus : répondez, ou déclinez avec une raison.")
    add_step(transaction, deployment.vault, one, deployment.now(), actor, "passed_on", " ".join(said.split())[:LONGEST])
    _hand_over(deployment, transaction, one, actor, standing_above(transaction, holder).code)


def answer(deployment: Deployment, transaction: Transaction, one: Recommendation, actor: str, said: str) -> None:
    """The last word: it goes down to every committee on the way and closes the item with an answer to its citizens."""
    said = _reply(deployment, transaction, one, actor, "answered", said)
    one.state = RecommendationState.ANSWERED
    _tell_those_below(deployment, transaction, one, "answered", said)
    item = locked_item(transaction, one.item_id)
    if item and item.state is not ItemState.CLOSED:
        close_item(deployment, transaction, item, actor, said)


def decline(deployment: Deployment, transaction: Transaction, one: Recommendation, actor: str, said: str) -> None:
    """With a reason, which goes down; the committee that asked has the matter before it again."""
    said = _reply(deployment, transaction, one, actor, "declined", said)
    one.state = RecommendationState.DECLINED
    _tell_those_below(deployment, transaction, one, "declined", said)
    item = locked_item(transaction, one.item_id)
    if item is None or item.state is not ItemState.RECOMMENDED:
        return
    now, placement = deployment.now(), AgendaPlacement(transaction, deployment.pack, deployment.now())
    concerns = open_concerns(transaction, item)
    set_state(item, ItemState.CLOSED)
    record_item(transaction, item, now, actor, "declined", number=one.number)
    for concern in concerns:
        again = placement.place_before(concern, item.committee)
        set_state(again, ItemState.DISCUSSED)
        concern.state, concern.passed_to = ConcernState.DISCUSSED, None
        concern.answer_sealed = deployment.vault.seal(ANSWER, said)
        record(transaction, concern, now, actor, "declined", number=one.number)
        notify_when_settled(deployment, concern)


ACTS: dict[str, Callable[[Deployment, Transaction, Recommendation, str, str], None]] = {
    "accept": accept,
    "pass_on": pass_on,
    "answer": answer,
    "decline": decline,
}


def _reply(
    deployment: Deployment, transaction: Transaction, one: Recommendation, actor: str, what: str, said: str
) -> str:
    said = words_for_citizens(deployment.pack, said)
    if len(said) > LONGEST_REPLY:
        raise ActRefused(f"Trop long : {LONGEST_REPLY} caractères au plus, elle part aussi par SMS.", True)
    one.reply_sealed = deployment.vault.seal(REPLY, said)
    add_step(transaction, deployment.vault, one, deployment.now(), actor, what, said)
    return said


def _hand_over(deployment: Deployment, transaction: Transaction, one: Recommendation, actor: str, to: str) -> None:
    """A level gets it: its secretaries hear of it, and the citizens where it is."""
    now = deployment.now()
    one.holder, one.held_since, one.reminded_at, one.moved_from = to, now, None, None
    one.state = RecommendationState.OPEN
    holder = transaction.get_one(Committee, to)
    until = (now + timedelta(days=deployment.pack.recommendation_days)).astimezone(deployment.pack.time_zone)
    made_by = transaction.get_one(Committee, one.committee).name
    notify_secretaries(
        deployment, transaction, holder, f"recommendation:{one.number}:{one.version}", "recommendation.received",
        number=one.number, committee=made_by, date=day(until.date()),
    )  # fmt: skip
    if to != one.committee and len(steps_of(transaction, one)) > 1:
        _tell_those_below(deployment, transaction, one, "passed_on")
    item = transaction.get_one(AgendaItem, one.item_id)
    for concern in open_concerns(transaction, item):
        concern.state, concern.passed_to = ConcernState.PASSED_ON, holder.level
        record(transaction, concern, now, actor, "passed_on", to=holder.level, number=one.number)
        notify_when_settled(deployment, concern)


def _tell_those_below(
    deployment: Deployment, transaction: Transaction, one: Recommendation, what: str, said: str = ""
) -> None:
    """The secretaries of every committee that it came through, from the one that made it on."""
    holder = transaction.get_one(Committee, one.holder)
    below: Committee | None = transaction.get_one(Committee, one.committee)
    while below and below.code != holder.code:
        notify_secretaries(
            deployment, transaction, below, f"recommendation:{one.number}:{one.version}:{below.code}",
            f"recommendation.{what}", number=one.number, holder=holder.name, answer=said,
        )  # fmt: skip
        below = transaction.get(Committee, below.above) if below.above else None
