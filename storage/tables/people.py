"""The tables of people: contacts and administrators."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.enumerations import AccountState, Role
from storage.tables.base import Base


class Contact(Base):
    """A person's phone number. Without consent to be answered, only its keyed hash is kept."""

    __tablename__ = "contacts"
    __table_args__ = ({"sqlite_autoincrement": True},)
    # The audit names people by their id, so the id of an erased person must not be used again.

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
    question_asked_for: Mapped[int | None]
    """The concern that a colleague asked this person about: their next SMS may be the reply."""
    question_asked_at: Mapped[datetime | None]
    wants_news: Mapped[bool] = mapped_column(default=False)
    """Whether they agreed to announcements of their committee."""
    kept_for_draft: Mapped[bool] = mapped_column(default=False)
    """The number is sealed for the question about their draft alone, and goes with it."""
    menu_changed_at: Mapped[datetime | None]
    """When something outside of a USSD session last changed the menus that this number is shown."""
    created_at: Mapped[datetime]


class Administrator(Base):
    """An account of the web queue, with its role and area."""

    __tablename__ = "administrators"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    """Empty until the invited person chooses a password."""
    role: Mapped[Role]
    area: Mapped[str] = mapped_column(String(120))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    """Of a secretary's account: the phone whose role the account follows."""
    disabled_at: Mapped[datetime | None]
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    totp_sealed: Mapped[bytes | None]
    """The secret of the authenticator application; None if the account needs no codes."""
    totp_used: Mapped[int | None]
    """The time step of the last code, because no code is accepted twice."""
    session_version: Mapped[int] = mapped_column(default=1)
    """Raised to end all sessions of the account: cookies with an earlier version are refused."""
    created_at: Mapped[datetime]

    @property
    def state(self) -> AccountState:
        """Whether the account is disabled, invited (without a password) or active."""
        if self.disabled_at:
            return AccountState.DISABLED
        return AccountState.ACTIVE if self.password_hash else AccountState.INVITED


class AccountInvitation(Base):
    """The link with which an invited person chooses a password, once; the database has its keyed hash alone."""

    __tablename__ = "account_invitations"

    administrator_id: Mapped[int] = mapped_column(ForeignKey("administrators.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
