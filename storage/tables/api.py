"""The tables of programs that use the JSON API: their tokens, and the webhooks that tell them of changes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base


class ApiToken(Base):
    """The token of an API client, kept as a keyed hash. It shows concerns of its area, except sensitive ones."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    area: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    used_on: Mapped[date | None]
    """The last day on which it was used."""
    revoked_at: Mapped[datetime | None]


class Webhook(Base):
    """An address that gets the events of a token's area in order; `after_event` is the id of the last one examined."""

    __tablename__ = "webhooks"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    secret_sealed: Mapped[bytes]
    events: Mapped[list[str]]
    created_at: Mapped[datetime]
    after_event: Mapped[int]
    failed_tries: Mapped[int] = mapped_column(default=0)
    """Failed deliveries since the last event that was accepted."""
    next_try_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    """When it was stopped, because it accepted nothing for about three days."""
