"""The tables. Numbers and free text stand in them encrypted (`*_sealed`) or as keyed hashes (`*_hash`), never plain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from storage.states import (
    AlertKind,
    AlertStage,
    Answer,
    BroadcastState,
    ConcernState,
    ItemState,
    MeetingState,
    MessageState,
    RecommendationState,
    Role,
    Work,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without its time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)) if value else None


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    } | {
        enum: Enum(enum, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e])
        for enum in (
            AlertKind,
            AlertStage,
            Answer,
            BroadcastState,
            ConcernState,
            ItemState,
            MeetingState,
            MessageState,
            RecommendationState,
            Role,
            Work,
        )
    }


class Contact(Base):
    """Someone's phone. Without consent to be answered it is a keyed hash alone."""

    __tablename__ = "contacts"
    __table_args__ = ({"sqlite_autoincrement": True},)
    # Lines of the audit name people by their id: one that was erased must not become somebody else's.

    id: Mapped[int] = mapped_column(primary_key=True)
    msisdn_hash: Mapped[bytes] = mapped_column(unique=True)
    msisdn_sealed: Mapped[bytes | None]
    language: Mapped[str | None] = mapped_column(String(8))
    language_session_hash: Mapped[bytes | None]
    """The session in which the language was first chosen: replaying it must begin without one."""
    usual_place: Mapped[str | None] = mapped_column(String(200))
    asked_answerable: Mapped[bool] = mapped_column(default=False)
    muted_at: Mapped[datetime | None]
    reports_on: Mapped[date | None]
    reports_that_day: Mapped[int] = mapped_column(default=0)
    commune_asked_for: Mapped[int | None]
    """The concern whose commune the next SMS of this number may answer."""
    commune_asked_at: Mapped[datetime | None]
    satisfied_asked_for: Mapped[int | None]
    """The concern about whose answer the next `1` or `2` of this number is."""
    satisfied_asked_at: Mapped[datetime | None]
    wants_news: Mapped[bool] = mapped_column(default=False)
    """Whether they agreed to announcements of their committee."""
    kept_for_draft: Mapped[bool] = mapped_column(default=False)
    """The number is sealed for the question about their draft alone, and goes with it."""
    created_at: Mapped[datetime]


class ErasedNumber(Base):
    """A number that was erased, as a keyed hash alone: a restored backup must not bring its holder back."""

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
    """The code that was sent to a number whose SMS asked for its erasure."""

    __tablename__ = "erasure_codes"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes]
    sent_at: Mapped[datetime]
    failed_tries: Mapped[int] = mapped_column(default=0)


class AuditLine(Base):
    """Who did what. `detail` holds codes and references, no text and no number."""

    __tablename__ = "audit_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mark: Mapped[bytes]
    """The hash of this line and of the one before."""


class Administrator(Base):
    __tablename__ = "administrators"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role]
    area: Mapped[str] = mapped_column(String(120))
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    totp_sealed: Mapped[bytes | None]
    """The secret of the codes that a phone's application shows; unset where none is asked for."""
    totp_used: Mapped[int | None]
    """The time step of the last code: none is taken twice."""
    session_version: Mapped[int] = mapped_column(default=1)
    """Moved on by whatever ends this account's sessions: a cookie of an earlier one lets nobody in."""
    created_at: Mapped[datetime]


class Concern(Base):
    """What one citizen said, once; `source` is the natural key of the event that brought it."""

    __tablename__ = "concerns"
    __table_args__ = (Index("ix_concerns_queue", "state", "urgency_rank", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    source: Mapped[bytes] = mapped_column(unique=True)
    channel: Mapped[str] = mapped_column(String(8))
    received_at: Mapped[datetime] = mapped_column(index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    without_number: Mapped[bool] = mapped_column(default=False)
    """It came without a number: its reference is the only key. One whose number was erased has none."""
    text_sealed: Mapped[bytes | None]
    danger: Mapped[bool] = mapped_column(default=False)
    spoken: Mapped[str | None] = mapped_column(String(8))
    """The language that the citizen is answered in."""
    language: Mapped[str | None] = mapped_column(String(8))
    """The language that the text was read as."""
    commune: Mapped[str | None] = mapped_column(String(120), index=True)
    place: Mapped[str | None] = mapped_column(String(200))
    category: Mapped[str | None] = mapped_column(String(40), index=True)
    urgency: Mapped[str | None] = mapped_column(String(20))
    urgency_rank: Mapped[int] = mapped_column(default=1)
    """0 emergency, 1 priority or not read yet, 2 routine: the order of the queue."""
    kind: Mapped[str | None] = mapped_column(String(20))
    confidence: Mapped[float | None]
    needs_review: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    why_sealed: Mapped[bytes | None]
    """The words that decided: they are the citizen's own."""
    triaged_at: Mapped[datetime | None]
    model: Mapped[str | None] = mapped_column(String(16))
    """The version of the model that read it."""
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("concerns.id", ondelete="SET NULL"), index=True)
    """The concern of the same number that said the same before: it stands for both."""
    committee: Mapped[str | None] = mapped_column(ForeignKey("committees.code"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"), index=True)
    state: Mapped[ConcernState] = mapped_column(default=ConcernState.RECEIVED)
    passed_to: Mapped[str | None] = mapped_column(String(40))
    """The service that a secretary passed it on to."""
    answer_sealed: Mapped[bytes | None]
    told_at: Mapped[datetime | None]
    """When its citizen last heard of it; at most once a week."""
    news_due_at: Mapped[datetime | None] = mapped_column(index=True)
    satisfied: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


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
    """What a person made of a concern that triage read otherwise: an example to train on.

    Its text is the concern's own, sealed, and goes when that goes.
    """

    __tablename__ = "corrections"

    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"), primary_key=True)
    commune: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(40))
    corrected_at: Mapped[datetime]
