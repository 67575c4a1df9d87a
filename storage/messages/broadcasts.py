"""Broadcasts (announcements): who receives them, who approved them, and how far sending is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import BroadcastState, MessageState
from storage.refusals import Refusal, Why
from storage.tables.concerns import Concern
from storage.tables.messages import Broadcast, Message
from storage.tables.people import Contact


class BroadcastRefused(Refusal):
    """A broadcast that cannot be proposed, approved or stopped; the reason says why."""


def reach(transaction: Transaction, communes: Sequence[str]) -> int:
    """How many people of these communes agreed to announcements and can get an SMS."""
    return transaction.scalar(select(func.count()).select_from(Contact).where(*_reached(communes))) or 0


def propose(transaction: Transaction, area: str, text: str, author: str, now: datetime) -> Broadcast:
    """Keeps an announcement that waits for a second person's approval."""
    broadcast = Broadcast(area=area, text=text, author=author, state=BroadcastState.WAITING, created_at=now)
    transaction.add(broadcast)
    transaction.flush()
    return broadcast


def locked_broadcast(transaction: Transaction, id: int) -> Broadcast | None:
    """Locks an announcement until the transaction ends."""
    return transaction.scalars(select(Broadcast).where(Broadcast.id == id).with_for_update()).first()


def fingerprint(broadcast: Broadcast) -> str:
    """A hash of the area and text of an announcement, to check that what is approved is what was read."""
    return hashlib.sha256(f"{broadcast.area}\0{broadcast.text}".encode()).hexdigest()[:32]


def approve(broadcast: Broadcast, by: str, seen: str) -> None:
    """Approves an announcement, by a second person. `seen` is the fingerprint of what they read.

    Raises `BroadcastRefused`.
    """
    if seen != fingerprint(broadcast):
        raise BroadcastRefused(Why.BROADCAST_NOT_AS_READ)
    if broadcast.state is not BroadcastState.WAITING:
        raise BroadcastRefused(Why.BROADCAST_NOT_WAITING)
    if broadcast.author == by:
        raise BroadcastRefused(Why.BROADCAST_OWN)
    broadcast.approved_by, broadcast.state = by, BroadcastState.APPROVED


def stop(transaction: Transaction, broadcast: Broadcast, now: datetime) -> int:
    """Stops an announcement and its queued SMS; returns how many SMS were stopped. Raises `BroadcastRefused`."""
    if broadcast.state in (BroadcastState.DONE, BroadcastState.STOPPED):
        raise BroadcastRefused(Why.BROADCAST_OVER)
    broadcast.state = BroadcastState.STOPPED
    kept_back = transaction.execute(
        update(Message)
        .where(Message.key.startswith(f"broadcast:{broadcast.id}:"), Message.state == MessageState.QUEUED)
        .values(state=MessageState.FAILED, reason="stopped", changed_at=now)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(kept_back)


def under_way(transaction: Transaction) -> Sequence[int]:
    """Ids of the approved announcements that have not reached everybody."""
    return transaction.scalars(select(Broadcast.id).where(Broadcast.state == BroadcastState.APPROVED)).all()


def next_contacts(
    transaction: Transaction, broadcast: Broadcast, communes: Sequence[str], most: int
) -> Sequence[Contact]:
    """The next `most` recipients, in the order of their contact ids."""
    query = select(Contact).where(*_reached(communes), Contact.id > broadcast.last_contact)
    return transaction.scalars(query.order_by(Contact.id).limit(most)).all()


def list_broadcasts(transaction: Transaction, areas: Sequence[str] | None, most: int = 100) -> Sequence[Broadcast]:
    """Up to `most` announcements of these areas (None: all), the newest first."""
    query = select(Broadcast).order_by(Broadcast.id.desc()).limit(most)
    return transaction.scalars(query if areas is None else query.where(Broadcast.area.in_(areas))).all()


def _reached(communes: Sequence[str]) -> list[ColumnElement[bool]]:
    """The conditions on a contact who receives an announcement in these communes.

    The commune is that of their usual place, or of their newest report with a known commune: people who only write SMS
    have no usual place.
    """
    newest = (
        select(Concern.commune)
        .where(Concern.contact_id == Contact.id, Concern.commune.is_not(None))
        .order_by(Concern.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    usual = (Contact.usual_place.startswith(f"{commune}|") for commune in communes)
    here = or_(newest.in_(communes), *usual)
    return [Contact.wants_news.is_(True), Contact.muted_at.is_(None), Contact.msisdn_sealed.is_not(None), here]
