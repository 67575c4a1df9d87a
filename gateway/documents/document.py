"""Official documents before they become PDF or DOCX: a heading, facts, sections. They never expose a citizen.

They hold no citizen's number, no citizen's words and no reference. Sensitive matters are one line with a count; a small
count is given as a range.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session as Transaction

from config.clean_text import clean_text
from gateway.runtime.deployment import Deployment
from storage.committees.committees import zone_of
from storage.committees.meetings import CHAIRED_BY, number_of
from storage.enumerations import MeetingState
from storage.tables.committees import Committee, Meeting

FEW = 3
"""In sensitive matters a count below this is given as a range: the exact count could point to a person."""
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
UNREADABLE = "(illisible : la clé manque)"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, and a table whose first row holds the column titles; each may be empty."""

    title: str
    paragraphs: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingDocument:
    """A document: the lines of its heading, who issues it, its title, facts by name, sections and who signs."""

    heading: tuple[str, ...]
    issued_by: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]


def document_from(kept: dict[str, Any]) -> MeetingDocument:
    """Builds a document from what `dataclasses.asdict` and JSON made of it, without characters that no file can hold.

    Older texts were stored before the gateway cleaned its input; they are cleaned here.
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


def few(count: int) -> str:
    """A count of messages about sensitive matters; a small count is given as a range."""
    return f"moins de {FEW}" if 0 < count < FEW else str(count)


def counted(count: int, one: str, several: str) -> str:
    """`1 point`, `2 points`."""
    return f"{count} {one if count < 2 else several}"


def closed_doors(items: int, messages: int) -> str:
    """The one line that replaces all sensitive items."""
    points = counted(items, "point sensible", "points sensibles")
    return f"{points} ({few_messages(messages)}), à traiter à huis clos."


def few_messages(count: int) -> str:
    """A count of messages about sensitive matters, in words."""
    return f"{few(count)} message" if count == 0 else f"{few(count)} messages"


def meeting_document(
    deployment: Deployment, transaction: Transaction, meeting: Meeting, title: str, sections: tuple[Section, ...]
) -> MeetingDocument:
    """Builds a document of a meeting with its heading, number, date, venue and chair."""
    committee = transaction.get_one(Committee, meeting.committee)
    at: datetime = meeting.starts_at.astimezone(zone_of(deployment.pack, committee))
    number = number_of(transaction, deployment.pack, meeting)
    chair = deployment.vault.readable(CHAIRED_BY, meeting.chaired_by_sealed, UNREADABLE) or committee.chair
    facts = [
        ("Réunion", f"n° {number:03d}/{at.year}" + (" (annulée)" if meeting.state is MeetingState.CANCELLED else "")),
        ("Date", f"{long_day(at.date())}, {at:%H h %M}"),
        ("Lieu", meeting.venue or committee.venue or "(à compléter)"),
        ("Présidence", chair or "(à compléter)"),
    ]
    signed = ("Le président de séance", "Le secrétaire de séance")
    return MeetingDocument(
        deployment.pack.paper_heading, committee.name, f"{title} N° {number:03d}/{at.year}", tuple(facts), sections,
        signed,
    )  # fmt: skip
