"""The open questions to a number. When the newest is answered, the next answer is about the question before it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

Asked = tuple[int | None, datetime | None]
"""The id of the concern that a question is about, and when it was asked; both None if no question is open."""


def next_asked(transaction: Transaction, contact: Contact, since: datetime) -> Asked:
    """The newest concern of this person for which the commune was asked since `since` and is still unknown."""
    row = transaction.execute(
        select(Concern.id, Message.created_at)
        .join(Message, Message.concern_id == Concern.id)
        .where(
            Message.contact_id == contact.id,
            Message.created_at >= since,
            Message.key.like("sms.ask_commune:%"),
            Concern.contact_id == contact.id,
            Concern.commune.is_(None),
        )
        .order_by(Message.id.desc())
    ).first()
    return (row[0], row[1]) if row else (None, None)


def next_closed(transaction: Transaction, contact: Contact, since: datetime) -> Asked:
    """The newest closed concern of this person whose answer was sent since `since` and is not rated yet."""
    row = transaction.execute(
        select(Concern.id, Concern.told_at)
        .where(
            Concern.contact_id == contact.id,
            Concern.state == ConcernState.CLOSED,
            Concern.satisfied.is_(None),
            Concern.news_due_at.is_(None),
            Concern.told_at >= since,
        )
        .order_by(Concern.told_at.desc())
    ).first()
    return (row[0], row[1]) if row else (None, None)
