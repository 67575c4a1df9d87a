"""The tables of committees: the registry, their secretaries, meetings, agendas and recommendations."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, UniqueConstraint, event, inspect, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from storage.enumerations import ItemState, MeetingState, RecommendationState
from storage.tables.base import Base


class Committee(Base):
    """The registry: every committee that the pack expects, with its settings in this deployment."""

    __tablename__ = "committees"

    code: Mapped[str] = mapped_column(String(120), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(40))
    area: Mapped[str] = mapped_column(String(120), index=True)
    above: Mapped[str | None] = mapped_column(String(120))
    installed: Mapped[bool] = mapped_column(default=False)
    installed_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    """The day on which somebody closed it. Loading the pack does not install it again."""
    meets: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str | None] = mapped_column(String(8))
    silent_when_quiet: Mapped[bool] = mapped_column(default=False)
    chair: Mapped[str | None] = mapped_column(String(120))
    """The office that presides (maire, gouverneur), or its holder."""
    venue: Mapped[str | None] = mapped_column(String(160))
    """Where it meets, unless a meeting has a venue of its own."""
    agenda_size: Mapped[int | None]
    """How many items an ordre du jour is filled up to; None is the pack's number."""
    time_zone: Mapped[str | None] = mapped_column(String(40))
    digest_weekday: Mapped[str | None] = mapped_column(String(10))
    digest_hour: Mapped[int | None]
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    """Hours of the day, local, between which nothing but an emergency is sent."""
    monthly_budget: Mapped[int | None]
    """In the smallest unit of the pack's currency; None is no limit."""


class Secretary(Base):
    """A contact who acts for a committee from a phone."""

    __tablename__ = "secretaries"
    __table_args__ = (UniqueConstraint("committee", "contact_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class Pin(Base):
    """A secretary's PIN; `open_until` is the time until which their phone may act by SMS.

    Wrong PINs by SMS have a count of their own, because the sender of an SMS can be forged: they do not lock USSD.
    """

    __tablename__ = "pins"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    sms_failed_tries: Mapped[int] = mapped_column(default=0)
    sms_locked_until: Mapped[datetime | None]
    open_until: Mapped[datetime | None]


class PinInvitation(Base):
    """A code that an operator was shown, with which a secretary chooses a PIN by SMS, once."""

    __tablename__ = "pin_invitations"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes]
    expires_at: Mapped[datetime]


class Meeting(Base):
    """A meeting that was prepared, or has items before it."""

    __tablename__ = "meetings"
    __table_args__ = (UniqueConstraint("committee", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.PLANNED)
    number: Mapped[int | None]
    """Of the meetings held by this committee in that year."""
    set_by_hand: Mapped[bool] = mapped_column(default=False)
    """Whether somebody chose its time: a new meeting rule does not move it."""
    venue: Mapped[str | None] = mapped_column(String(160))
    """Where this meeting takes place, if not at the committee's usual venue."""
    present_sealed: Mapped[bytes | None]
    """Who was there, a line each, as the secretary wrote it."""
    excused_sealed: Mapped[bytes | None]
    """Who sent apologies, a line each."""
    chaired_by_sealed: Mapped[bytes | None]
    """Who presided, if not the committee's chair."""
    papers_sealed: Mapped[bytes | None]
    """The documents as they were when it was held, as JSON. Later changes of its items do not change them."""
    calendar_id: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_hex(16))
    """Its id in calendars: random, so that no meeting of another installation has the same."""
    changes: Mapped[int] = mapped_column(default=0)
    """How often its time changed or it was cancelled, for calendars that already have it."""


@event.listens_for(Meeting, "before_update")
def _count_change(_: Mapper[Meeting], __: Connection, meeting: Meeting) -> None:
    told = inspect(meeting).attrs
    if told.starts_at.history.has_changes() or MeetingState.CANCELLED in (told.state.history.added or ()):
        meeting.changes += 1


class AgendaItem(Base):
    """One subject in one place before one committee; `subject_key` is its natural key while it is open."""

    __tablename__ = "agenda_items"
    __table_args__ = (
        Index(
            "uq_agenda_items_open_subject",
            "committee",
            "subject_key",
            unique=True,
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index("ix_agenda_items_meeting_state", "meeting_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    category: Mapped[str] = mapped_column(String(40))
    commune: Mapped[str] = mapped_column(String(120))
    place: Mapped[str | None] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), default="concern")
    """`concern`, `proposal` or `question` (`flows.triage.category.Kind`)."""
    subject_key: Mapped[str] = mapped_column(String(400))
    """What it is about: category, commune and place (`flows.committees.agenda.subject_key`)."""
    is_open: Mapped[bool] = mapped_column(default=True)
    """Whether new concerns of the subject join it and the next meeting takes it up
    (`storage.committees.agenda_items.set_state`)."""
    state: Mapped[ItemState] = mapped_column(default=ItemState.PROPOSED)
    created_at: Mapped[datetime]
    came_back: Mapped[int] = mapped_column(default=0)
    """How often it was put off to a later meeting."""
    score_set: Mapped[int | None]
    score_reason: Mapped[str | None] = mapped_column(String(200))
    """An administrator's own score, and why."""
    title_sealed: Mapped[bytes | None]
    """A title that a person wrote; None if the title is made from the pack's words."""
    summary_sealed: Mapped[bytes | None]
    """A neutral summary by a secretary or administrator."""
    position: Mapped[int | None]
    """Its place on the ordre du jour, where somebody ordered that by hand."""
    off_meeting_id: Mapped[int | None]
    """The meeting whose ordre du jour it was taken off; a later meeting may have it again."""
    decision_sealed: Mapped[bytes | None]
    treated_at_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id"), index=True)
    """The meeting that treated it last."""
    referred_to: Mapped[str | None] = mapped_column(String(40))
    referred_until: Mapped[date | None] = mapped_column(index=True)
    referral_reply_sealed: Mapped[bytes | None]
    """What the service replied, as somebody of the committee wrote it down."""
    referral_replied_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    """The number of changes. If two people change it at once, the second is told."""
    moved_from: Mapped[str | None] = mapped_column(String(120), index=True)
    """The closed committee from which it came. It goes back when that committee is installed again."""
    moved_from_meeting_id: Mapped[int | None]
    """The meeting of that committee which had it; None if it had been treated."""
    passed_up_by: Mapped[str | None] = mapped_column(String(120))
    """The committee that chose to give it to the one above. Installing a committee does not bring it back."""


class ItemEvent(Base):
    """One line of an agenda item's history. `detail` holds codes and references, no text and no number."""

    __tablename__ = "item_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Recommendation(Base):
    """A request of a committee to higher levels; `holder` is the level that must answer, since `held_since`."""

    __tablename__ = "recommendations"
    __table_args__ = (Index("ix_recommendations_state_held_since", "state", "held_since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"), index=True)
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"), index=True)
    holder: Mapped[str] = mapped_column(ForeignKey("committees.code"), index=True)
    state: Mapped[RecommendationState] = mapped_column(default=RecommendationState.OPEN)
    text_sealed: Mapped[bytes]
    reply_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    held_since: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    moved_from: Mapped[str | None] = mapped_column(String(120))
    """The level that held it and was closed: it goes back when that is installed again, unless it went on."""


class RecommendationStep(Base):
    """One step on a recommendation's way."""

    __tablename__ = "recommendation_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendations.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(254))
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"))
    what: Mapped[str] = mapped_column(String(20))
    text_sealed: Mapped[bytes | None]


class Surge(Base):
    """A sudden rise that a committee was told of, unique by the day on which it was seen (`since`)."""

    __tablename__ = "surges"
    __table_args__ = (UniqueConstraint("thing", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    thing: Mapped[str] = mapped_column(String(400))
    since: Mapped[date]
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"), index=True)
    count: Mapped[int]
    told_at: Mapped[datetime]
