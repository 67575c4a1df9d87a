"""What a person may do with a concern, from the web queue or by phone. Every act is recorded in its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.outbound_contents import Unfit, unfit
from flows.screen import count_segments, to_gsm
from flows.triage import Kind, Urgency
from gateway.outbound.alerts import alert_if_emergency
from gateway.outbound.citizen_notifications import (
    MOST_PARTS,
    Promise,
    closing_text,
    foreseen,
    notify_if_due,
    notify_when_settled,
    promised,
    spoken_with,
)
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import (
    DECISION,
    close_if_done,
    close_with_answer,
    open_concerns,
    put_on_agenda,
    record_item,
)
from storage.committees.agendas import AgendaPlacement
from storage.concerns.concerns import ANSWER, record
from storage.concerns.corrections import keep_correction
from storage.enumerations import ConcernState, SetAside
from storage.refusals import Refusal, Why
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from storage.tables.people import Contact

LONGEST_PLACE = 60
"""Characters of a place that a person types."""


class ActRefused(Refusal):
    """An act that cannot be done; the text of `why` tells the person what to do instead."""

    def __init__(self, why: Why, is_about_the_answer: bool = False, **values: object) -> None:
        super().__init__(why, **values)
        self.is_about_the_answer = is_about_the_answer


@dataclass(frozen=True, slots=True)
class Correction:
    """The values that a person gives a concern. None keeps a value; an empty `place` removes the place."""

    commune: str
    category: str
    urgency: str | None = None
    kind: str | None = None
    place: str | None = None


def correct(
    deployment: Deployment, transaction: Transaction, concern: Concern, actor: str, correction: Correction
) -> None:
    """Corrects the result of triage, moves the concern to the right agenda and ends its review. Raises `ActRefused`.

    If it is now an emergency, its committee is alerted as for a new one.
    """
    if concern.state is ConcernState.CLOSED:
        raise ActRefused(Why.CLOSED_FOR_CORRECTION)
    _check(deployment.pack, correction)
    now = deployment.now()
    before = _values(concern)
    left = transaction.get(AgendaItem, concern.item_id) if concern.item_id else None
    _set_values(deployment, concern, correction)
    concern.needs_review, concern.reasons = False, []
    keep_correction(transaction, concern, now)
    item = AgendaPlacement(transaction, deployment.pack, now).place(concern)
    record(transaction, concern, now, actor, "corrected", before=before, after=_values(concern))
    transaction.flush()
    if left and left is not item:
        close_if_done(transaction, left)
        if concern.state is ConcernState.ON_AGENDA:
            concern.state = ConcernState.RECEIVED
    alert_if_emergency(deployment, transaction, concern)


def _check(pack: Pack, correction: Correction) -> None:
    """Raises `ActRefused` for an unknown value, and for a place with a number or a link."""
    if correction.commune not in {area.code for area in pack.communes}:
        raise ActRefused(Why.COMMUNE_UNKNOWN)
    if correction.category not in pack.categories:
        raise ActRefused(Why.CATEGORY_UNKNOWN)
    if correction.urgency and correction.urgency not in set(Urgency):
        raise ActRefused(Why.URGENCY_UNKNOWN)
    if correction.kind and correction.kind not in set(Kind):
        raise ActRefused(Why.KIND_UNKNOWN)
    if correction.place and unfit(correction.place, pack):
        raise ActRefused(Why.PLACE_WITH_NUMBER)


def _set_values(deployment: Deployment, concern: Concern, correction: Correction) -> None:
    if correction.commune != concern.commune:
        concern.place = None
    concern.commune, concern.category = correction.commune, correction.category
    if correction.place is not None:
        concern.place = _known_place(deployment, correction.commune, correction.place) or None
    if correction.urgency:
        concern.urgency, concern.urgency_rank = correction.urgency, Urgency(correction.urgency).rank
    if correction.kind:
        concern.kind = correction.kind


def _known_place(deployment: Deployment, commune: str, typed: str) -> str:
    """The pack's spelling of a place in this commune; an unknown place stays as it was typed."""
    typed = " ".join(typed.split())[:LONGEST_PLACE]
    spots = deployment.triage.places.find(typed) if typed else []
    return next((spot.place for spot in spots if spot.commune == commune and spot.place), typed)


def _values(concern: Concern) -> dict[str, str | None]:
    names = ("commune", "category", "urgency", "kind", "place")
    return {name: getattr(concern, name) for name in names}


def to_agenda(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str) -> int:
    """Puts the concern's item on the next agenda; returns how many concerns go with it. Raises `ActRefused`."""
    if concern.state is not ConcernState.RECEIVED:
        raise ActRefused(Why.ON_AGENDA_OR_CLOSED)
    now = deployment.now()
    item = transaction.get(AgendaItem, concern.item_id) if concern.item_id else None
    item = item or AgendaPlacement(transaction, deployment.pack, now).place(concern)
    if item is None:
        raise ActRefused(Why.COMMUNE_FIRST)
    transaction.flush()
    moved = put_on_agenda(transaction, item)
    for moved_concern in moved:
        record(transaction, moved_concern, now, actor, "on_agenda", committee=item.committee)
        notify_when_settled(deployment, transaction, moved_concern)
    record_item(transaction, item, now, actor, "on_agenda")
    return len(moved)


def words_for_citizens(pack: Pack, text: str) -> str:
    """Returns a text for citizens as one line. Raises `ActRefused` if it is empty or holds a number or a link."""
    text = " ".join(text.split())
    if not text:
        raise ActRefused(Why.ANSWER_EMPTY, is_about_the_answer=True)
    match unfit(text, pack):
        case Unfit.NUMBER:
            raise ActRefused(Why.ANSWER_WITH_NUMBER, is_about_the_answer=True)
        case Unfit.LINK:
            raise ActRefused(Why.ANSWER_WITH_LINK, is_about_the_answer=True)
    return text


def close(
    deployment: Deployment,
    transaction: Transaction,
    concern: Concern,
    actor: str,
    answer: str,
    wait: timedelta = timedelta(),
) -> Promise:
    """Closes a concern with an answer; returns when its SMS goes to the citizen. Raises `ActRefused`.

    The SMS is sent after `wait`, the time in which the act can be undone.
    """
    if concern.state is ConcernState.CLOSED:
        raise ActRefused(Why.CLOSED_ALREADY)
    answer = words_for_citizens(deployment.pack, answer)
    contact = transaction.get(Contact, concern.contact_id) if concern.contact_id else None
    parts = count_segments(to_gsm(closing_text(spoken_with(deployment, concern, contact), concern.reference, answer)))
    if parts > MOST_PARTS:
        raise ActRefused(Why.ANSWER_TOO_LONG, is_about_the_answer=True, most=MOST_PARTS)
    promise = foreseen(deployment, transaction, concern, contact, parts, wait)
    now = deployment.now()
    concern.state = ConcernState.CLOSED
    concern.answer_sealed = deployment.vault.seal(ANSWER, answer)
    concern.needs_review, concern.asked_at = False, None
    record(transaction, concern, now, actor, "closed")
    transaction.flush()
    if item := transaction.scalars(select(AgendaItem).where(AgendaItem.id == concern.item_id)).first():
        concerns_closed = close_if_done(transaction, item)
        if concerns_closed == 1 and item.decision_sealed is None:
            item.decision_sealed = deployment.vault.seal(DECISION, answer)
    notify_when_settled(deployment, transaction, concern, wait)
    message = notify_if_due(deployment, transaction, concern)
    return promise if concern.news_due_at else promised(deployment, transaction, concern, message)


def reviewed(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str) -> None:
    """Ends a review in which nothing had to be corrected. Raises `ActRefused`."""
    if not concern.needs_review:
        raise ActRefused(Why.NOTHING_TO_CHECK)
    if concern.commune is None and concern.state is not ConcernState.CLOSED:
        raise ActRefused(Why.COMMUNE_FIRST)
    concern.needs_review, concern.reasons = False, []
    record(transaction, concern, deployment.now(), actor, "reviewed")
    transaction.flush()


def set_aside(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str, why: SetAside) -> None:
    """Closes a concern that is spam or a test: it gets no answer and is on no agenda. Raises `ActRefused`."""
    if concern.state is ConcernState.CLOSED:
        raise ActRefused(Why.CLOSED_ALREADY)
    concern.state, concern.set_aside = ConcernState.CLOSED, why.value
    concern.needs_review, concern.asked_at, concern.news_due_at = False, None, None
    record(transaction, concern, deployment.now(), actor, "set_aside", why=why.value)
    transaction.flush()
    item = transaction.scalars(select(AgendaItem).where(AgendaItem.id == concern.item_id)).first()
    if item and close_if_done(transaction, item):
        answered = select(Concern.id).where(Concern.item_id == item.id, Concern.set_aside.is_(None))
        if transaction.scalars(answered).first() is None:
            item.treated_at_id = None  # an item that holds only spam is left out of the minutes


def reopen(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str) -> None:
    """Reopens a closed concern for its committee. What its citizen was told is not taken back. Raises `ActRefused`."""
    if concern.state is not ConcernState.CLOSED or concern.is_reply:
        raise ActRefused(Why.NOT_CLOSED)
    concern.state, concern.set_aside, concern.satisfied = ConcernState.RECEIVED, None, None
    concern.answer_sealed, concern.news_due_at = None, None
    AgendaPlacement(transaction, deployment.pack, deployment.now()).place(concern)
    record(transaction, concern, deployment.now(), actor, "reopened")
    transaction.flush()
    alert_if_emergency(deployment, transaction, concern)


def close_item(
    deployment: Deployment,
    transaction: Transaction,
    item: AgendaItem,
    actor: str,
    answer: str,
    wait: timedelta = timedelta(),
) -> list[Promise]:
    """Closes every open concern of an item with one answer; returns for each when its SMS goes. Raises `ActRefused`."""
    promises = [
        close(deployment, transaction, concern, actor, answer, wait) for concern in open_concerns(transaction, item)
    ]
    close_with_answer(deployment.vault, item, " ".join(answer.split()))
    record_item(transaction, item, deployment.now(), actor, "closed")
    return promises
