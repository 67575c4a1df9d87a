"""The tables behind what a stranger may see or try: published figures, and references that were wrong."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base


class WrongReference(Base):
    """A reference that a number typed in vain: one row for each number, reference and hour, kept for a day."""

    __tablename__ = "wrong_references"

    mark_hash: Mapped[bytes] = mapped_column(primary_key=True)
    number_hash: Mapped[bytes] = mapped_column(index=True)
    """Of its own purpose: it finds no contact."""
    at: Mapped[datetime] = mapped_column(index=True)


class PublishedMonth(Base):
    """A month whose figures are out: nothing is added to it or taken from it any more."""

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
