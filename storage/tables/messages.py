"""The tables of what goes out and comes in: messages, receipts, inbox, outbox, digests, and the worker's checks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from config.money import Money
from storage.enumerations import Answer, BroadcastState, MessageState, Priority, Work
from storage.tables.base import Base


class Message(Base):
    """One SMS to one person; `key` is what it says and to whom, so that nobody gets it twice."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("provider", "provider_message_id"),
        Index("ix_messages_committee_created_at", "committee", "created_at"),
        Index("ix_messages_contact_id_created_at", "contact_id", "created_at"),
        Index("ix_messages_state_changed_at", "state", "changed_at"),
        Index("ix_messages_figures", "created_at", "state", "currency", "price"),
        Index("ix_messages_concern_id", "concern_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    concern_id: Mapped[int | None] = mapped_column(ForeignKey("concerns.id", ondelete="SET NULL"))
    committee: Mapped[str | None] = mapped_column(String(120))
    answer: Mapped[Answer | None]
    """Set if it answers an SMS of this person; such messages have an hourly limit."""
    text_sealed: Mapped[bytes | None]
    parts: Mapped[int]
    price: Mapped[int]
    """In the smallest unit of `currency`: estimated before it is sent, then as the provider says."""
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[MessageState] = mapped_column(default=MessageState.QUEUED)
    reason: Mapped[str | None] = mapped_column(String(80))
    provider: Mapped[str | None] = mapped_column(String(40))
    provider_message_id: Mapped[str | None] = mapped_column(String(120))
    tries: Mapped[int] = mapped_column(default=0)
    priority: Mapped[int] = mapped_column(default=Priority.ANSWER)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id", ondelete="SET NULL"), index=True)
    perhaps_twice: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def cost(self) -> Money:
        """The price with its currency."""
        return Money(self.price, self.currency)


class EarlierAttempt(Base):
    """The provider's id of an earlier attempt to send a message. Receipts with this id are about that attempt only."""

    __tablename__ = "earlier_attempts"

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider_message_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)


class Broadcast(Base):
    """An announcement to people of an area who agreed to announcements; a second person approves it."""

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(String(120), index=True)
    text: Mapped[str] = mapped_column(String(500))
    """The text. It is not encrypted, because it is public."""
    author: Mapped[str] = mapped_column(String(254))
    approved_by: Mapped[str | None] = mapped_column(String(254))
    state: Mapped[BroadcastState] = mapped_column(default=BroadcastState.WAITING)
    last_contact: Mapped[int] = mapped_column(default=0)
    """The id of the last contact to whom it was sent."""
    sent: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class SendAttempt(Base):
    """One try to send at one provider, and how it went: `taken`, `refused` or `unknown`."""

    __tablename__ = "send_attempts"
    __table_args__ = (Index("ix_send_attempts_provider_at", "provider", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10))


class ProviderShare(Base):
    """Which share of the SMS a provider carries now, in thousandths."""

    __tablename__ = "provider_shares"

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    thousandths: Mapped[int]
    changed_at: Mapped[datetime]


class Receipt(Base):
    """A delivery report as it came; it may come before we know the message's id."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("provider", "provider_message_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(40))
    provider_message_id: Mapped[str] = mapped_column(String(120))
    state: Mapped[MessageState]
    reason: Mapped[str | None] = mapped_column(String(80))
    received_at: Mapped[datetime]


class InboundEvent(Base):
    """The natural key of an inbound event that changed something, to recognise the event if it comes again."""

    __tablename__ = "inbound_events"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)


class UssdSession(Base):
    """A session of a provider that sends only the newest input. Sessions of other providers are in Redis."""

    __tablename__ = "ussd_sessions"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    talk_sealed: Mapped[bytes]
    kept_at: Mapped[datetime] = mapped_column(index=True)
    run: Mapped[str | None] = mapped_column(String(32))
    """The name of this session among those under the same id."""
    number_hash: Mapped[bytes | None] = mapped_column(index=True)
    """The caller's number; erasing the number deletes the session."""


class FiledSession(Base):
    """The last report of a session's id and number. `run` names the session that comes after it."""

    __tablename__ = "filed_sessions"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    concern_id: Mapped[int | None] = mapped_column(ForeignKey("concerns.id", ondelete="CASCADE"), index=True)
    run: Mapped[str] = mapped_column(String(32))
    typed_hash: Mapped[bytes]
    """The hash of the whole text that filed it; empty if the provider sends only the newest input."""
    is_over: Mapped[bool]
    """Whether a later session has begun under this id."""
    filed_at: Mapped[datetime] = mapped_column(index=True)


class SmsPartRow(Base):
    """A part of a long SMS that waits for the others; `key_hash` is the sender's, the reference's and the number's."""

    __tablename__ = "sms_parts"
    __table_args__ = (UniqueConstraint("message_hash", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_hash: Mapped[bytes] = mapped_column(index=True)
    number: Mapped[int]
    of: Mapped[int]
    provider: Mapped[str] = mapped_column(String(40))
    msisdn_sealed: Mapped[bytes]
    text_sealed: Mapped[bytes]
    """The bytes as they came, because a letter can be split between two parts."""
    charset: Mapped[str | None] = mapped_column(String(20))
    """How they are read unless they are UTF-8 (`flows.octets`); unset for a part that an older release has kept."""
    received_at: Mapped[datetime] = mapped_column(index=True)


class OutboxRow(Base):
    """Work that follows from a commit. The transaction that does the work deletes its row."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("work", "subject_id"),
        Index("ix_outbox_due", "work", "priority", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work: Mapped[Work]
    subject_id: Mapped[int]
    priority: Mapped[int] = mapped_column(default=Priority.ANSWER)
    due_at: Mapped[datetime]
    """When the work is due. A claim moves it to the end of its lease: if the worker dies, another one gets the work."""
    set_at: Mapped[datetime | None]
    """When `due_at` was set. If that is in the future, the clock ran ahead (`storage.messages.outbox.mend_clock`)."""
    claim: Mapped[str | None] = mapped_column(String(32))
    tries: Mapped[int] = mapped_column(default=0)


class Digest(Base):
    """A digest that was sent to a committee for a period, so that it is sent once."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("committee", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    committee: Mapped[str] = mapped_column(ForeignKey("committees.code"))
    period: Mapped[str] = mapped_column(String(40))
    sent_at: Mapped[datetime]


class DatabaseCheck(Base):
    """The last result of a check of the database (`storage.data_protection.database_checks`)."""

    __tablename__ = "database_checks"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    checked_at: Mapped[datetime]
    found: Mapped[str] = mapped_column(String(80))
