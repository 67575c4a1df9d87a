"""The tables of concerns. Numbers and free text stand in all tables encrypted (`*_sealed`) or as keyed hashes
(`*_hash`), never plain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from storage.enumerations import (
    ConcernState,
)
from storage.tables.base import Base


class ErasedNumber(Base):
    """An erased number, as a keyed hash only, so that the person is erased again after a backup is restored."""

    __tablename__ = "erased_numbers"

    id: Mapped[int] = mapped_column(primary_key=True)
    msisdn_hash: Mapped[bytes]
    erased_at: Mapped[datetime] = mapped_column(index=True)


class Draft(Base):
    """A report that was cut off after its place. `session_hash` is of the session that wrote it last; what that
    session itself took up stands in `base_sealed`, so that replaying it begins with the same."""

    __tablename__ = "drafts"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    session_hash: Mapped[bytes]
    talk_sealed: Mapped[bytes]
    base_sealed: Mapped[bytes | None]
    kept_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]


class ErasureCode(Base):
    """The code that was sent to a number to confirm its erasure by SMS."""

    __tablename__ = "erasure_codes"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes]
    sent_at: Mapped[datetime]
    failed_tries: Mapped[int] = mapped_column(default=0)


class Concern(Base):
    """One concern of one citizen; `source` is the hashed natural key of the event that brought it, so it is unique."""

    __tablename__ = "concerns"
    __table_args__ = (
        Index("ix_concerns_committee_received_at", "committee", "received_at"),
        Index("ix_concerns_commune_category_received_at", "commune", "category", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    source: Mapped[bytes] = mapped_column(unique=True)
    channel: Mapped[str] = mapped_column(String(8))
    received_at: Mapped[datetime] = mapped_column(index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    without_number: Mapped[bool] = mapped_column(default=False)
    """Whether it came without a number, so that only its reference leads to it. False if its number was erased."""
    text_sealed: Mapped[bytes | None]
    danger: Mapped[bool] = mapped_column(default=False)
    spoken: Mapped[str | None] = mapped_column(String(8))
    """The language of answers to the citizen."""
    language: Mapped[str | None] = mapped_column(String(8))
    """The language of the text, as triage read it."""
    commune: Mapped[str | None] = mapped_column(String(120))
    place: Mapped[str | None] = mapped_column(String(200))
    category: Mapped[str | None] = mapped_column(String(40))
    urgency: Mapped[str | None] = mapped_column(String(20))
    urgency_rank: Mapped[int] = mapped_column(default=1)
    """0 emergency, 1 priority or not read yet, 2 routine: the order of the queue."""
    kind: Mapped[str | None] = mapped_column(String(20))
    subjects: Mapped[str] = mapped_column(String(200), default="")
    """Codes of the pack's subjects and landmarks that its text names, with a blank between them."""
    confidence: Mapped[float | None]
    needs_review: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    why_sealed: Mapped[bytes | None]
    """The words that decided what was read. They are encrypted, because they are the citizen's own."""
    triaged_at: Mapped[datetime | None]
    model: Mapped[str | None] = mapped_column(String(16))
    """The version of the model that read it."""
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("concerns.id", ondelete="SET NULL"))
    """The earlier concern of the same number that this one repeats, or to which it is a reply."""
    is_reply: Mapped[bool] = mapped_column(default=False)
    """A reply to a colleague's question: it belongs to the thread of `duplicate_of` and is no concern of its own."""
    asked_at: Mapped[datetime | None]
    """When its citizen was asked something that has no reply yet."""
    replied_at: Mapped[datetime | None]
    """When the last reply of its citizen was read."""
    taken_up_at: Mapped[datetime | None]
    taken_up_by: Mapped[str | None] = mapped_column(String(254))
    """Who first opened it or acted on it: an e-mail address, or `secretary` with a contact's id."""
    late_told_at: Mapped[datetime | None]
    """When a duty number was told, once, that nobody had taken it up."""
    set_aside: Mapped[str | None] = mapped_column(String(10))
    """`spam` or `test`: closed without an answer (`storage.enumerations.SetAside`)."""
    committee: Mapped[str | None] = mapped_column(ForeignKey("committees.code"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"), index=True)
    state: Mapped[ConcernState] = mapped_column(default=ConcernState.RECEIVED)
    passed_to: Mapped[str | None] = mapped_column(String(40))
    """The service to which a secretary passed it on."""
    answer_sealed: Mapped[bytes | None]
    told_at: Mapped[datetime | None]
    """When its citizen was last notified of it; at most once a week."""
    news_due_at: Mapped[datetime | None]
    satisfied: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


IS_OPEN, IS_CLOSED = "state != 'closed'", "state = 'closed'"
"""Conditions of indexes below, as text: an index of some rows serves only a query that names the same condition without
parameters."""
COUNTED = "duplicate_of IS NULL AND set_aside IS NULL"
IS_EMERGENCY = "urgency_rank = 0"


def _index_some(name: str, rows: str, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> None:
    """An index of the rows that fulfil a condition, which is written for PostgreSQL."""
    on_sqlite = rows.replace(_REVIEW, f"{_REVIEW} = 1")  # as SQLAlchemy writes a condition on a boolean there
    Index(name, *columns, sqlite_where=text(on_sqlite), postgresql_where=text(rows))


_REVIEW = "needs_review"
_ORDER = (Concern.urgency_rank, Concern.received_at.desc(), Concern.id.desc())
Index("ix_concerns_queue", Concern.state, *_ORDER)
_index_some("ix_concerns_open_page", f"{IS_OPEN} AND duplicate_of IS NULL", *_ORDER)
for _name, _condition in (("open", IS_OPEN), ("closed", IS_CLOSED)):
    _rows = f"{_condition} AND duplicate_of IS NULL"
    _index_some(f"ix_concerns_{_name}_commune", _rows, Concern.commune, *_ORDER)
    _index_some(f"ix_concerns_{_name}_category", _rows, Concern.category, *_ORDER)
    _index_some(f"ix_concerns_{_name}_review", f"{_rows} AND {_REVIEW}", Concern.needs_review, *_ORDER)
_SEEN_BY = (Concern.commune, Concern.category, Concern.committee)
_index_some("ix_concerns_backlog", f"{IS_OPEN} AND {COUNTED}", Concern.received_at, Concern.urgency_rank, *_SEEN_BY)
_index_some(
    "ix_concerns_emergencies", f"{IS_EMERGENCY} AND {COUNTED}", Concern.received_at, Concern.taken_up_at, *_SEEN_BY
)
_index_some("ix_concerns_open_committee", IS_OPEN, Concern.committee, Concern.item_id)
# Most rows have no value here. Without the conditions SQLite takes the index of `duplicate_of` for every page of the
# list, because it does not know that nearly all values are NULL.
_index_some("ix_concerns_duplicate_of", "duplicate_of IS NOT NULL", Concern.duplicate_of)
_index_some("ix_concerns_asked_at", "asked_at IS NOT NULL", Concern.asked_at)
_index_some("ix_concerns_news_due_at", "news_due_at IS NOT NULL", Concern.news_due_at)
_index_some("ix_concerns_satisfied", "satisfied IS NOT NULL", Concern.committee, Concern.satisfied)


class ConcernEvent(Base):
    """One line of a concern's history. `detail` holds codes and references, no text and no number."""

    __tablename__ = "concern_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Correction(Base):
    """A person's correction of what triage read in a concern: an example for training.

    The text is that of the concern, and is erased with it.
    """

    __tablename__ = "corrections"

    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"), primary_key=True)
    commune: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(40))
    corrected_at: Mapped[datetime]


class ConcernNote(Base):
    """A colleague's note about a concern, for those who may see the concern, never for its citizen."""

    __tablename__ = "concern_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(254))
    text_sealed: Mapped[bytes]


class UndoStep(Base):
    """The state of a concern before an act of the web queue, kept while the act may be undone.

    Rows of one act share `act`. `version` is the concern's version after the act; if that has changed, undo is refused.
    """

    __tablename__ = "undo_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str] = mapped_column(String(32), index=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"), index=True)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[dict[str, Any]]
    """The concern's and its items' columns, as codes and ids."""
    answer_sealed: Mapped[bytes | None]
    version: Mapped[int]
