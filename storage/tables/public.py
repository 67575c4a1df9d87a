"""The tables of published figures and of wrong references."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base


class WrongReference(Base):
    """A wrong reference: one row for each number, reference and hour, kept for a day."""

    __tablename__ = "wrong_references"

    mark_hash: Mapped[bytes] = mapped_column(primary_key=True)
    number_hash: Mapped[bytes] = mapped_column(index=True)
    """A keyed hash with a purpose of its own, so that it does not match a contact."""
    at: Mapped[datetime] = mapped_column(index=True)


class PublishedMonth(Base):
    """A month whose figures are published and do not change any more."""

    __tablename__ = "published_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    published_at: Mapped[datetime]


class PublishedFigure(Base):
    """One cell as it was published."""

    __tablename__ = "published_figures"

    month: Mapped[date] = mapped_column(ForeignKey("published_months.month"), primary_key=True)
    commune: Mapped[str] = mapped_column(String(120), primary_key=True)
    category: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
