"""The sums of closed days, from which the dashboard reads, and the marks of what has changed since.

Triggers of the database write a `DayChange` in the transaction of each change that a sum depends on (migration 0027),
so no way of changing a concern or an SMS can forget it. `storage.figures` makes and reads the sums.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.enumerations import MessageState
from storage.tables.base import Base


class SummedDay(Base):
    """A day whose sums are kept. They hold as long as no `DayChange` lies in the day and `layout` is the pack's."""

    __tablename__ = "summed_days"

    begins_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    layout: Mapped[str] = mapped_column(String(16))
    """The fingerprint of the areas, committees and time zone (`storage.figures.layout`)."""
    version: Mapped[int]
    """Rises each time the day is summed, so that of two workers the one that has read older rows writes nothing."""
    summed_at: Mapped[datetime]


class DayChange(Base):
    """A concern that came, or an SMS that was created, at this time has changed."""

    __tablename__ = "day_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class ConcernSum(Base):
    """The concerns of one day, area and category, without repetitions, replies and those that were set aside."""

    __tablename__ = "concern_sums"

    area: Mapped[str] = mapped_column(String(120), primary_key=True)
    """The country or an area directly under it."""
    begins_at: Mapped[datetime] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Empty for an unknown category."""
    received: Mapped[int]
    answered: Mapped[int]
    open: Mapped[int]
    satisfied: Mapped[int]
    dissatisfied: Mapped[int]
    open_emergencies: Mapped[int]
    emergencies: Mapped[int]
    seen_in_time: Mapped[int]
    seen_late: Mapped[int]
    waits: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    """How many concerns waited how long, by kind of wait and bucket (`storage.figures.waits`)."""


class CommuneSum(Base):
    """The concerns of one day and category by commune; the empty code stands for an unknown commune."""

    __tablename__ = "commune_sums"

    begins_at: Mapped[datetime] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(40), primary_key=True)
    communes: Mapped[dict[str, int]] = mapped_column(JSON)


class SmsSum(Base):
    """The SMS created on one day, of one area, state and currency, by the category of the concern they are about."""

    __tablename__ = "sms_sums"

    area: Mapped[str] = mapped_column(String(120), primary_key=True)
    """The area of the concern's commune, else of the committee that pays."""
    begins_at: Mapped[datetime] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(40), primary_key=True)
    """As in `ConcernSum`; `-` for an SMS about no concern."""
    state: Mapped[MessageState] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    count: Mapped[int]
    price: Mapped[int]
    """In the smallest unit of the currency."""
