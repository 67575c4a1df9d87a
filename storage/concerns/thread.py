"""The messages between the gateway and the citizen of one concern, in order of time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.tables.concerns import Concern
from storage.tables.messages import Message


def sent_about(transaction: Transaction, concern: Concern) -> Sequence[Message]:
    """The SMS to the concern's citizen about it, oldest first; without alerts and notices to secretaries."""
    query = select(Message).where(Message.concern_id == concern.id, Message.alert_id.is_(None))
    if concern.contact_id is not None:
        query = query.where(Message.contact_id == concern.contact_id)
    return transaction.scalars(query.order_by(Message.created_at, Message.id)).all()


def said_again(transaction: Transaction, concern: Concern) -> Sequence[Concern]:
    """The citizen's repetitions of this concern and replies to questions about it, oldest first."""
    return transaction.scalars(
        select(Concern).where(Concern.duplicate_of == concern.id).order_by(Concern.received_at, Concern.id)
    ).all()
