"""The messages between the gateway and the citizen of one concern, in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import MessageState, Work
from storage.tables.concerns import Concern
from storage.tables.messages import Message, OutboxRow


@dataclass(frozen=True, slots=True)
class SentSms:
    """An SMS to a citizen; `due_at` is when it is sent, if it still waits."""

    message: Message
    due_at: datetime | None


def sent_about(transaction: Transaction, concern: Concern) -> Sequence[SentSms]:
    """The SMS to the concern's citizen about it, oldest first; without alerts and notices to secretaries."""
    waiting = and_(
        OutboxRow.work == Work.SEND, OutboxRow.subject_id == Message.id, Message.state == MessageState.QUEUED
    )
    query = (
        select(Message, OutboxRow.due_at)
        .outerjoin(OutboxRow, waiting)
        .where(Message.concern_id == concern.id, Message.alert_id.is_(None))
    )
    if concern.contact_id is not None:
        query = query.where(Message.contact_id == concern.contact_id)
    return [SentSms(*row) for row in transaction.execute(query.order_by(Message.created_at, Message.id))]


def said_again(transaction: Transaction, concern: Concern) -> Sequence[Concern]:
    """The citizen's repetitions of this concern and replies to questions about it, oldest first."""
    return transaction.scalars(
        select(Concern).where(Concern.duplicate_of == concern.id).order_by(Concern.received_at, Concern.id)
    ).all()
