"""The tables of alerts: who must get one, which stage it has reached, and the duty numbers of the last stages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.enumerations import AlertKind, AlertStage
from storage.tables.base import Base


class Alert(Base):
    """An alert about one or more emergencies to one committee, or to a duty number if there is no committee.

    It goes from stage to stage until a phone receives it: see `gateway.outbound.alerts`.
    """

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_open", "confirmed_at", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    committee: Mapped[str | None] = mapped_column(ForeignKey("committees.code"))
    """None if no committee is known yet."""
    area: Mapped[str] = mapped_column(String(120))
    """The region whose duty number comes after the committee; the country where no region is known."""
    kind: Mapped[AlertKind]
    stage: Mapped[AlertStage]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When a phone received it, by the delivery report."""
    undelivered_at: Mapped[datetime | None]
    """When the last stage failed too; None again if a phone receives it later."""


class AlertedConcern(Base):
    """An emergency and the committee that must get its alert, once. `committee` is empty if none is known.

    `about` says what the alert is about: the emergency itself, or that nobody has taken it up.
    """

    __tablename__ = "alerted_concerns"
    __table_args__ = (UniqueConstraint("concern_id", "committee", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    concern_id: Mapped[int] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"))
    committee: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(String(20), default="emergency")
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"), index=True)
    """None while it waits to be joined with others of the same number."""
    created_at: Mapped[datetime]


class DutyNumber(Base):
    """The number that gets an alert if no committee receives it: one for each region, one for the country."""

    __tablename__ = "duty_numbers"

    area: Mapped[str] = mapped_column(String(120), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    set_at: Mapped[datetime]
