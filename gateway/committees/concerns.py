"""What a person may do with a concern, from the queue or from a phone; every act is a line of its history."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.outbound_contents import Unfit, unfit
from flows.screen import count_segments, to_gsm
from flows.triage import Urgency
from gateway.outbound.alerts import alert_if_emergency
from gateway.outbound.citizen_notifications import (
    MOST_PARTS,
    Promise,
    closing_text,
    notify_if_due,
    notify_when_settled,
    promised,
    spoken_with,
)
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, close_with_answer, open_concerns, record_item
from storage.committees.agendas import AgendaPlacement, close_if_done, put_on_agenda
from storage.concerns.concerns import ANSWER, record
from storage.concerns.corrections import keep_correction
from storage.enumerations import ConcernState
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from storage.tables.people import Contact


class ActRefused(Exception):
    """An act that cannot be done; its text, in French, says what to do instead."""

    def __init__(self, why: str, is_about_the_answer: bool = False) -> None:
        super().__init__(why)
        self.is_about_the_answer = is_about_the_answer


def correct(
    deployment: Deployment,
    transaction: Transaction,
    concern: Concern,
    actor: str,
    commune: str,
    category: str,
    urgency: str | None = None,
) -> None:
    """Sets what triage got wrong, moves the concern to the right agenda and ends its review.

    `urgency` None leaves it as it is. An emergency alerts its committee as if it had come so.
    """
    if concern.state is ConcernState.CLOSED:
        raise ActRefused("Ce message est clos : il ne se corrige plus.")
    if commune not in {area.code for area in deployment.pack.communes}:
        raise ActRefused("Choisissez une commune de la liste.")
    if category not in deployment.pack.categories:
        raise ActRefused("Choisissez une catégorie de la liste.")
    if urgency and urgency not in set(Urgency):
        raise ActRefused("Choisissez une urgence de la liste.")
    now = deployment.now()
    before = {"commune": concern.commune, "category": concern.category, "urgency": concern.urgency}
    left = transaction.get(AgendaItem, concern.item_id) if concern.item_id else None
    if commune != concern.commune:
        concern.place = None
    concern.commune, concern.category = commune, category
    if urgency:
        concern.urgency, concern.urgency_rank = urgency, Urgency(urgency).rank
    concern.needs_review, concern.reasons = False, []
    keep_correction(transaction, concern, now)
    item = AgendaPlacement(transaction, deployment.pack, now).place(concern)
    record(
        transaction,
        concern,
        now,
        actor,
        "corrected",
        before=before,
        after={"commune": commune, "category": category, "urgency": concern.urgency},
    )
    transaction.flush()
    if left and left is not item:
        close_if_done(transaction, left)
        if concern.state is ConcernState.ON_AGENDA:
            concern.state = ConcernState.RECEIVED
    alert_if_emergency(deployment, transaction, concern)


def to_agenda(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str) -> int:
    """Puts the concern's item on the agenda of the next meeting; says how many concerns went with it."""
    if concern.state is not ConcernState.RECEIVED:
        raise ActRefused("Ce message est déjà à l'ordre du jour, ou clos.")
    now = deployment.now()
    item = transaction.get(AgendaItem, concern.item_id) if concern.item_id else None
    item = item or AgendaPlacement(transaction, deployment.pack, now).place(concern)
    if item is None:
        raise ActRefused("Corrigez d'abord la commune : sans elle, aucun comité n'est compétent.")
    transaction.flush()
    moved = put_on_agenda(transaction, item)
    for moved_concern in moved:
        record(transaction, moved_concern, now, actor, "on_agenda", committee=item.committee)
        notify_when_settled(deployment, moved_concern)
    record_item(transaction, item, now, actor, "on_agenda")
    return len(moved)


def words_for_citizens(pack: Pack, text: str) -> str:
    """What a committee writes to citizens, in one line. Raises `ActRefused` for nothing, a number or a link in it."""
    text = " ".join(text.split())
    if not text:
        raise ActRefused("Écrivez la réponse qui ira au citoyen.", True)
    match unfit(text, pack):
        case Unfit.NUMBER:
            why = "La réponse contient un numéro de téléphone : retirez-le, un SMS n'est pas un lieu sûr."
            raise ActRefused(why, True)
        case Unfit.LINK:
            raise ActRefused("La réponse contient un lien : retirez-le, des citoyens le suivraient sans le voir.", True)
    return text


def close(deployment: Deployment, transaction: Transaction, concern: Concern, actor: str, answer: str) -> Promise:
    """Closes a concern with an answer; says when its SMS goes to the citizen."""
    if concern.state is ConcernState.CLOSED:
        raise ActRefused("Ce message est déjà clos.")
    answer = words_for_citizens(deployment.pack, answer)
    contact = transaction.get(Contact, concern.contact_id) if concern.contact_id else None
    if (
        count_segments(to_gsm(closing_text(spoken_with(deployment, concern, contact), concern.reference, answer)))
        > MOST_PARTS
    ):
        raise ActRefused(f"La réponse est trop longue : {MOST_PARTS} SMS au plus, environ 430 caractères.", True)
    now = deployment.now()
    concern.state = ConcernState.CLOSED
    concern.answer_sealed = deployment.vault.seal(ANSWER, answer)
    concern.needs_review = False
    record(transaction, concern, now, actor, "closed")
    transaction.flush()
    if item := transaction.scalars(select(AgendaItem).where(AgendaItem.id == concern.item_id)).first():
        concerns_closed = close_if_done(transaction, item)
        if concerns_closed == 1 and item.decision_sealed is None:
            item.decision_sealed = deployment.vault.seal(DECISION, answer)
    notify_when_settled(deployment, concern)
    return promised(deployment, concern, notify_if_due(deployment, transaction, concern))


def close_item(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, answer: str
) -> list[Promise]:
    """Closes every open concern of an item with one answer; says for each when its SMS goes."""
    promises = [close(deployment, transaction, concern, actor, answer) for concern in open_concerns(transaction, item)]
    close_with_answer(deployment.vault, item, " ".join(answer.split()))
    record_item(transaction, item, deployment.now(), actor, "closed")
    return promises
