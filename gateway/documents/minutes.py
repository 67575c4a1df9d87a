"""The *procès-verbal* (minutes): who was at a meeting, the outcome of each item, and how many were left."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from flows.committees.agenda import OrderOfBusiness
from gateway.documents.document import (
    UNREADABLE,
    MeetingDocument,
    Section,
    closed_doors,
    counted,
    long_day,
    meeting_document,
)
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, counts_of, treated_at
from storage.committees.meetings import EXCUSED, PRESENT
from storage.committees.recommendations import TEXT, made_of
from storage.committees.titles import Titles
from storage.enumerations import ItemState, MeetingState
from storage.tables.committees import AgendaItem, Meeting, Recommendation

OUTCOMES = {
    ItemState.DISCUSSED: "Discuté, maintenu à l'ordre du jour",
    ItemState.DECIDED: "Décidé",
    ItemState.REFERRED: "Transmis à un service",
    ItemState.RECOMMENDED: "Recommandé au niveau supérieur",
    ItemState.CLOSED: "Clos, réponse donnée",
}
DRAFT = "PROJET DE "
DRAFT_LINE = "Projet : cette réunion n'est pas enregistrée comme tenue. Ce document ne fait pas foi."


def minutes(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, business: OrderOfBusiness
) -> MeetingDocument:
    """Builds the minutes. Until the meeting is recorded as held, they are marked as a draft."""
    sections = [*_attendance(deployment, meeting), *_treated(deployment, transaction, meeting)]
    if left := [item for item in business.put_on if item.state == ItemState.ON_AGENDA]:
        one, several = "point non traité, renvoyé", "points non traités, renvoyés"
        again = f"{counted(len(left), one, several)} à la réunion suivante."
        sections.append(Section("Points renvoyés", (again,)))
    is_draft = meeting.state is not MeetingState.HELD
    if is_draft:
        sections.insert(0, Section("", (DRAFT_LINE,)))
    title = f"{DRAFT if is_draft else ''}PROCÈS-VERBAL DE RÉUNION"
    return meeting_document(deployment, transaction, meeting, title, tuple(sections))


def _attendance(deployment: Deployment, meeting: Meeting) -> list[Section]:
    vault = deployment.vault
    present = vault.readable(PRESENT, meeting.present_sealed, UNREADABLE).splitlines()
    excused = vault.readable(EXCUSED, meeting.excused_sealed, UNREADABLE).splitlines()
    sections = [Section("Étaient présents", tuple(present) or ("(à compléter)",))]
    return [*sections, Section("Étaient excusés", tuple(excused))] if excused else sections


def _treated(deployment: Deployment, transaction: Transaction, meeting: Meeting) -> list[Section]:
    treated, counts = treated_at(transaction, meeting.id), counts_of(transaction, meeting.id)
    categories = deployment.pack.categories
    plain = [item for item in treated if not categories[item.category].sensitive]
    hidden = [counts.get(item.id, 0) for item in treated if categories[item.category].sensitive]
    titles = Titles(deployment.vault, deployment.pack, deployment.pack.first_language).of_all(transaction, plain)
    recommended = made_of(transaction, [item.id for item in plain])
    rows = [("N°", "Objet", "Messages", "Suite donnée")]
    for at, item in enumerate(plain, start=1):
        outcome = _outcome(deployment, item, recommended.get(item.id))
        rows.append((str(at), titles[item.id], str(counts.get(item.id, 0)), outcome))
    sections = [Section("Points traités", *(((), tuple(rows)) if plain else (("Aucun point traité.",),)))]
    if hidden:
        sections.append(Section("Sujets sensibles", (closed_doors(len(hidden), sum(hidden)),)))
    return sections


def _outcome(deployment: Deployment, item: AgendaItem, recommendation: Recommendation | None) -> str:
    """The outcome of an item, with the decision, the answer or the text of the recommendation."""
    vault = deployment.vault
    said = vault.readable(DECISION, item.decision_sealed, UNREADABLE)
    outcome = OUTCOMES.get(item.state, "")
    if item.state is ItemState.REFERRED and item.referred_to and item.referred_until:
        service = deployment.pack.first_language.services[item.referred_to]
        outcome = f"Transmis : {service}, réponse attendue avant le {long_day(item.referred_until)}"
    if recommendation is not None:
        text = vault.readable(TEXT, recommendation.text_sealed, UNREADABLE)
        cited = f"Recommandation {recommendation.number} : {text}"
        said = cited if item.state is ItemState.RECOMMENDED else f"{cited}\n{said}"
    return f"{outcome}. {said}".strip()
