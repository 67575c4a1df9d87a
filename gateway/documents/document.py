"""What stands in a meeting's documents, before it is drawn. Nothing in them can expose a citizen.

No number, no citizen's words, no reference; sensitive matters are one line with a count, small counts a range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from config.clean_text import clean_text
from flows.committees.agenda import RankedItem
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, treated_at
from storage.committees.committees import zone_of
from storage.committees.meetings import PRESENT, number_of
from storage.enumerations import ItemState, MeetingState
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern

FEW = 3
"""Fewer messages than this are not counted out."""
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
UNREADABLE = "(illisible : la clé manque)"
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
class MeetingDocument:
    heading: tuple[str, ...]
    issued_by: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]


def document_from(kept: dict[str, Any]) -> MeetingDocument:
    """The document that `dataclasses.asdict` and JSON made of one, without the characters that no document can hold.

    Texts that were sealed before they were cleaned on the way in come through here as well.
    """
    kept = _clean(kept)
    sections = tuple(
        Section(section["title"], tuple(section["paragraphs"]), tuple(map(tuple, section["table"])))
        for section in kept["sections"]
    )
    facts = tuple((name, value) for name, value in kept["facts"])
    heading, signatures = tuple(kept["heading"]), tuple(kept["signatures"])
    return MeetingDocument(heading, kept["issued_by"], kept["title"], facts, sections, signatures)


def _clean(kept: Any) -> Any:
    if isinstance(kept, str):
        return clean_text(kept)
    if isinstance(kept, dict):
        return {name: _clean(value) for name, value in kept.items()}
    return [_clean(value) for value in kept]


def long_day(day: date) -> str:
    """`3 décembre 2026`, `1er janvier 2027`."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def order_of_business(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, items: Sequence[RankedItem]
) -> MeetingDocument:
    """The *ordre du jour*: what stands before the committee, most important first, and what it has treated already."""
    listed = [_point(item, item.count) for item in items if item.state in (ItemState.ON_AGENDA, ItemState.DISCUSSED)]
    proposed = [_point(item, item.count) for item in items if item.state == ItemState.PROPOSED]
    still_open, counts = {item.id for item in items}, _counts(transaction, meeting.id)
    listed += [
        _point(item, counts.get(item.id, 0))
        for item in treated_at(transaction, meeting.id)
        if item.id not in still_open
    ]
    sections = [
        _listed(deployment, "Points inscrits", listed),
        _listed(deployment, "Points proposés", proposed),
        Section("Divers"),
    ]
    return _document(deployment, transaction, meeting, "ORDRE DU JOUR", tuple(sections))


def minutes(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, items: Sequence[RankedItem]
) -> MeetingDocument:
    """The *procès-verbal*: who was there, what was made of each item, and how many of `items` were left."""
    vault = deployment.vault
    names = vault.readable(PRESENT, meeting.present_sealed, UNREADABLE).splitlines()
    present = Section("Étaient présents", tuple(names) or ("(à compléter)",))
    treated, counts = treated_at(transaction, meeting.id), _counts(transaction, meeting.id)
    plain = [item for item in treated if not deployment.pack.categories[item.category].sensitive]
    rows = [("N°", "Objet", "Messages", "Suite donnée")]
    for at, item in enumerate(plain, start=1):
        attendance = vault.readable(DECISION, item.decision_sealed, UNREADABLE)
        outcome = _outcome(deployment, item)
        label = _label(deployment, item.category, item.place, item.commune)
        rows.append((str(at), label, few(counts.get(item.id, 0)), f"{outcome}. {attendance}".strip()))
    hidden = [counts.get(item.id, 0) for item in treated if item not in plain]
    sections = [present, Section("Points traités", *(((), tuple(rows)) if plain else (("Aucun point traité.",),)))]
    if hidden:
        sections.append(Section("Sujets sensibles", (_closed_doors(len(hidden), sum(hidden)),)))
    if left := [item for item in items if item.state == ItemState.ON_AGENDA]:
        again = f"{len(left)} point(s) non traité(s), renvoyé(s) à la réunion suivante."
        sections.append(Section("Points renvoyés", (again,)))
    return _document(deployment, transaction, meeting, "PROCÈS-VERBAL DE RÉUNION", tuple(sections))


def few(count: int) -> str:
    return f"moins de {FEW}" if 0 < count < FEW else str(count)


def _document(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, title: str, sections: tuple[Section, ...]
) -> MeetingDocument:
    committee = transaction.get_one(Committee, meeting.committee)
    at: datetime = meeting.starts_at.astimezone(zone_of(deployment.pack, committee))
    number = number_of(transaction, deployment.pack, meeting)
    facts = [
        ("Réunion", f"n° {number:03d}/{at.year}" + (" (annulée)" if meeting.state is MeetingState.CANCELLED else "")),
        ("Date", f"{long_day(at.date())}, {at:%H h %M}"),
        ("Présidence", committee.chair or "(à compléter)"),
    ]
    pack = deployment.pack
    signed = ("Le président de séance", "Le secrétaire de séance")
    return MeetingDocument(
        pack.paper_heading, committee.name, f"{title} N° {number:03d}/{at.year}", tuple(facts), sections, signed
    )


def _point(item: RankedItem | AgendaItem, count: int) -> tuple[str, str | None, str, int]:
    return item.category, item.place, item.commune, count


def _listed(deployment: Deployment, title: str, items: list[tuple[str, str | None, str, int]]) -> Section:
    categories = deployment.pack.categories
    plain = [item for item in items if not categories[item[0]].sensitive]
    hidden = [item for item in items if categories[item[0]].sensitive]
    rows = [("N°", "Objet", "Messages")]
    for at, (category, place, commune, count) in enumerate(plain, start=1):
        rows.append((str(at), _label(deployment, category, place, commune), few(count)))
    label = [_closed_doors(len(hidden), sum(count for *_, count in hidden))] if hidden else []
    if not items:
        return Section(title, ("Aucun.",))
    return Section(title, tuple(label), tuple(rows) if len(rows) > 1 else ())


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


def _counts(transaction: Transaction, meeting: int) -> dict[int, int]:
    rows = transaction.execute(
        select(Concern.item_id, func.count())
        .join(AgendaItem, AgendaItem.id == Concern.item_id)
        .where(AgendaItem.treated_at_id == meeting)
        .group_by(Concern.item_id)
    )
    return {item: count for item, count in rows if item}
