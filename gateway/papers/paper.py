"""What stands in a meeting's papers, before it is drawn. Nothing in them can expose a citizen.

No number, no citizen's words, no reference; sensitive matters are one line with a count, small counts a range.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from gateway.deployment import Deployment
from storage.agendas import agenda
from storage.committee_models import AgendaItem, Committee, Meeting
from storage.committees import zone_of
from storage.items import DECISION, treated_at
from storage.meetings import PRESENT, number_of
from storage.models import Concern
from storage.states import ItemState, MeetingState

FEW = 3
"""Fewer messages than this are not counted out."""
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
OUTCOMES = {
    ItemState.DISCUSSED: "Discuté, maintenu à l'ordre du jour",
    ItemState.DECIDED: "Décidé",
    ItemState.REFERRED: "Transmis à un service",
    ItemState.RECOMMENDED: "Recommandé au niveau supérieur",
    ItemState.CLOSED: "Clos, réponse donnée",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, and a table (its first row the titles), each possibly empty."""

    title: str
    paragraphs: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    heading: tuple[str, ...]
    issued_by: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]


def long_day(day: date) -> str:
    """`3 décembre 2026`, `1er janvier 2027`."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def order_of_business(deployment: Deployment, open_: Transaction, meeting: Meeting) -> Paper:
    """The *ordre du jour*: what stands before the committee, most important first."""
    now = deployment.now()
    ranked = agenda(open_, meeting.committee, now)
    listed = [item for item in ranked if item.state in (ItemState.ON_AGENDA, ItemState.DISCUSSED)]
    proposed = [item for item in ranked if item.state == ItemState.PROPOSED]
    sections = [
        _listed(deployment, "Points inscrits", [(one.category, one.place, one.commune, one.count) for one in listed]),
        _listed(deployment, "Points proposés", [(one.category, one.place, one.commune, one.count) for one in proposed]),
        Section("Divers"),
    ]
    return _paper(deployment, open_, meeting, "ORDRE DU JOUR", tuple(sections))


def minutes(deployment: Deployment, open_: Transaction, meeting: Meeting) -> Paper:
    """The *procès-verbal*: who was there and what was made of each item."""
    vault = deployment.vault
    names = vault.open(PRESENT, meeting.present_sealed).splitlines() if meeting.present_sealed else []
    present = Section("Étaient présents", tuple(names) or ("(à compléter)",))
    items, counts = treated_at(open_, meeting.id), _counts(open_, meeting.id)
    plain = [item for item in items if not deployment.pack.categories[item.category].sensitive]
    rows = [("N°", "Objet", "Messages", "Suite donnée")]
    for at, item in enumerate(plain, start=1):
        told = vault.open(DECISION, item.decision_sealed) if item.decision_sealed else ""
        outcome = _outcome(deployment, item)
        label = _label(deployment, item.category, item.place, item.commune)
        rows.append((str(at), label, few(counts.get(item.id, 0)), f"{outcome}. {told}".strip()))
    hidden = [counts.get(item.id, 0) for item in items if item not in plain]
    treated = (
        Section("Points traités", table=tuple(rows)) if plain else Section("Points traités", ("Aucun point traité.",))
    )
    sections = [present, treated]
    if hidden:
        sections.append(Section("Sujets sensibles", (_closed_doors(len(hidden), sum(hidden)),)))
    left = [one for one in agenda(open_, meeting.committee, deployment.now()) if one.state == ItemState.ON_AGENDA]
    if left:
        again = f"{len(left)} point(s) non traité(s), renvoyé(s) à la réunion suivante."
        sections.append(Section("Points renvoyés", (again,)))
    return _paper(deployment, open_, meeting, "PROCÈS-VERBAL DE RÉUNION", tuple(sections))


def few(count: int) -> str:
    return f"moins de {FEW}" if 0 < count < FEW else str(count)


def _paper(
    deployment: Deployment, open_: Transaction, meeting: Meeting, title: str, sections: tuple[Section, ...]
) -> Paper:
    committee = open_.get_one(Committee, meeting.committee)
    at: datetime = meeting.starts_at.astimezone(zone_of(deployment.pack, committee))
    number = number_of(open_, deployment.pack, meeting)
    facts = [
        ("Réunion", f"n° {number:03d}/{at.year}" + (" (annulée)" if meeting.state is MeetingState.CANCELLED else "")),
        ("Date", f"{long_day(at.date())}, {at:%H h %M}"),
        ("Présidence", committee.chair or "(à compléter)"),
    ]
    pack = deployment.pack
    signed = ("Le président de séance", "Le secrétaire de séance")
    return Paper(
        pack.paper_heading, committee.name, f"{title} N° {number:03d}/{at.year}", tuple(facts), sections, signed
    )


def _listed(deployment: Deployment, title: str, items: list[tuple[str, str | None, str, int]]) -> Section:
    categories = deployment.pack.categories
    plain = [one for one in items if not categories[one[0]].sensitive]
    hidden = [one for one in items if categories[one[0]].sensitive]
    rows = [("N°", "Objet", "Messages")]
    for at, (category, place, commune, count) in enumerate(plain, start=1):
        rows.append((str(at), _label(deployment, category, place, commune), few(count)))
    said = [_closed_doors(len(hidden), sum(count for *_, count in hidden))] if hidden else []
    if not items:
        return Section(title, ("Aucun.",))
    return Section(title, tuple(said), tuple(rows) if len(rows) > 1 else ())


def _closed_doors(items: int, messages: int) -> str:
    return f"{items} point(s) sensible(s) ({few(messages)} message(s)), à traiter à huis clos."


def _label(deployment: Deployment, category: str, place: str | None, commune: str) -> str:
    where = deployment.pack.areas[commune].name
    named = f"{place}, {where}" if place else where
    return f"{deployment.pack.first_language.categories[category]} : {named}"


def _outcome(deployment: Deployment, item: AgendaItem) -> str:
    if item.state is ItemState.REFERRED and item.referred_to and item.referred_until:
        service = deployment.pack.first_language.services[item.referred_to]
        return f"Transmis : {service}, réponse attendue avant le {long_day(item.referred_until)}"
    return OUTCOMES.get(item.state, "")


def _counts(open_: Transaction, meeting: int) -> dict[int, int]:
    rows = open_.execute(
        select(Concern.item_id, func.count())
        .join(AgendaItem, AgendaItem.id == Concern.item_id)
        .where(AgendaItem.treated_at_id == meeting)
        .group_by(Concern.item_id)
    )
    return {item: count for item, count in rows if item}
