"""The *ordre du jour* (order of business): the items of a meeting, in the order in which it deals with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session as Transaction

from flows.committees.agenda import OrderOfBusiness, RankedItem
from flows.committees.titles import messages_in
from flows.triage.category import Kind
from gateway.documents.document import UNREADABLE, MeetingDocument, Section, closed_doors, counted, meeting_document
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import counts_of, summaries, treated_at
from storage.committees.titles import SUMMARY, Titles
from storage.tables.committees import Meeting


@dataclass(frozen=True, slots=True)
class Point:
    """An item as a document lists it; a sensitive item shows only its count."""

    title: str
    summary: str
    messages: str
    count: int
    is_sensitive: bool

    @property
    def subject(self) -> str:
        """The title, with the summary on a line below."""
        return f"{self.title}\n{self.summary}" if self.summary else self.title


def order_of_business(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, business: OrderOfBusiness
) -> MeetingDocument:
    """Lists what people put on the agenda, what the score adds, and what the meeting has treated already."""
    put_on = ranked_points(deployment, transaction, business.put_on)
    put_on += _treated_points(deployment, transaction, meeting, {item.id for item in business.listed})
    proposed = ranked_points(deployment, transaction, business.proposed)
    sections = [_listed("Points inscrits", put_on), _listed("Points proposés", proposed, len(put_on))]
    if questions := sum(item.kind == Kind.QUESTION for item in business.left):
        one, several = "question de citoyen attend", "questions de citoyens attendent"
        waiting = f"{counted(questions, one, several)} une réponse, sans attendre la réunion."
        sections.append(Section("Questions", (waiting,)))
    sections.append(Section("Divers"))
    return meeting_document(deployment, transaction, meeting, "ORDRE DU JOUR", tuple(sections))


def ranked_points(deployment: Deployment, transaction: Transaction, items: Sequence[RankedItem]) -> list[Point]:
    """Returns open items as a document lists them, in the given order."""
    french = deployment.pack.first_language
    titles = Titles(deployment.vault, deployment.pack, french)
    written = summaries(transaction, [item.id for item in items])
    return [
        Point(
            titles.of(item),
            deployment.vault.readable(SUMMARY, written.get(item.id), UNREADABLE),
            messages_in(french, item.count, item.age),
            item.count,
            deployment.pack.categories[item.category].sensitive,
        )
        for item in items
    ]


def _treated_points(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, listed: set[int]
) -> list[Point]:
    """Items that the meeting has treated already stay on its ordre du jour."""
    french = deployment.pack.first_language
    treated = [item for item in treated_at(transaction, meeting.id) if item.id not in listed]
    counts = counts_of(transaction, meeting.id)
    titles = Titles(deployment.vault, deployment.pack, french).of_all(transaction, treated)
    return [
        Point(
            titles[item.id],
            deployment.vault.readable(SUMMARY, item.summary_sealed, UNREADABLE),
            messages_in(french, counts.get(item.id, 0), timedelta()),
            counts.get(item.id, 0),
            deployment.pack.categories[item.category].sensitive,
        )
        for item in treated
    ]


def _listed(title: str, points: list[Point], before: int = 0) -> Section:
    if not points:
        return Section(title, ("Aucun.",))
    plain = [point for point in points if not point.is_sensitive]
    hidden = [point.count for point in points if point.is_sensitive]
    rows = [("N°", "Objet", "Messages")]
    rows += [(str(at), point.subject, point.messages) for at, point in enumerate(plain, start=before + 1)]
    lines = (closed_doors(len(hidden), sum(hidden)),) if hidden else ()
    return Section(title, lines, tuple(rows) if plain else ())
