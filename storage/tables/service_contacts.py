"""The table of the addressees of letters to local services."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base


class ServiceContact(Base):
    """The addressee of letters to a local service of an area."""

    __tablename__ = "service_contacts"
    __table_args__ = (UniqueConstraint("service", "area"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(40))
    area: Mapped[str] = mapped_column(String(120))
    addressee: Mapped[str] = mapped_column(String(160))
    """The office, such as `Commissariat du 5e arrondissement`."""
    address: Mapped[str] = mapped_column(String(200), default="")
    phone_sealed: Mapped[bytes | None]
