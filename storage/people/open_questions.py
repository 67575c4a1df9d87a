"""The open questions to a number. When the newest is answered, the next answer is about the question before it.

A question is open from the moment when its SMS is sent: nobody can answer what waits for the morning or for the budget.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState, MessageState
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

Asked = tuple[int | None, datetime | None]
"""The id of the concern that a question is about, and when it was asked; both None if no question is open."""

NEWS_KEY, QUESTION_KEY = "news", "question"
"""The beginning of the keys of two kinds of SMS: what became of a concern, and a colleague's question about it."""
OVERTAKEN = "overtaken"
"""The reason of a question that is held because its concern was closed before it could be sent."""


def may_ask(message: Message) -> bool:
    """Whether an SMS may open a question to its receiver: it says what became of a concern, or asks about it."""
    return _kind_of(message) in (NEWS_KEY, QUESTION_KEY)


def open_question(transaction: Transaction, message: Message, contact: Contact, now: datetime) -> None:
    """Notes, when an SMS is sent, what the next SMS of its receiver may answer.

    After a final answer that is whether it satisfies; after a colleague's question it is that question.
    """
    concern = transaction.get(Concern, message.concern_id) if message.concern_id else None
    if concern is None:
        return
    is_closed = concern.state is ConcernState.CLOSED
    if _kind_of(message) == NEWS_KEY and is_closed:
        contact.satisfied_asked_for, contact.satisfied_asked_at = concern.id, now
    elif _kind_of(message) == QUESTION_KEY and not is_closed:
        contact.question_asked_for, contact.question_asked_at = concern.id, now


def is_overtaken(transaction: Transaction, message: Message) -> bool:
    """Whether an SMS asks about a concern that was closed since: nobody reads a reply any more."""
    if _kind_of(message) != QUESTION_KEY or message.state is not MessageState.QUEUED or message.concern_id is None:
        return False
    concern = transaction.get(Concern, message.concern_id)
    return concern is not None and concern.state is ConcernState.CLOSED


def _kind_of(message: Message) -> str:
    return message.key.partition(":")[0]


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
    waits_to_be_sent = (
        Message.contact_id == contact.id,
        Message.concern_id == Concern.id,
        Message.key.startswith(f"{NEWS_KEY}:"),
        Message.state == MessageState.QUEUED,
    )
    row = transaction.execute(
        select(Concern.id, Concern.told_at)
        .where(
            Concern.contact_id == contact.id,
            Concern.state == ConcernState.CLOSED,
            Concern.satisfied.is_(None),
            Concern.news_due_at.is_(None),
            Concern.told_at >= since,
            ~exists().where(*waits_to_be_sent),
        )
        .order_by(Concern.told_at.desc())
    ).first()
    return (row[0], row[1]) if row else (None, None)
