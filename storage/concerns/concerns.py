"""Concerns: filed once, found by reference, seen by those who may, every change a line of history."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, insert, or_, select
from sqlalchemy.orm import Session as Transaction

from flows.references import draw_reference
from storage.connection import connection_of
from storage.enumerations import ConcernState, Priority, Work
from storage.insert_once import inserted_key
from storage.messages.outbox import add_work
from storage.safety.vault import Vault
from storage.tables.concerns import Concern, ConcernEvent

TEXT, WHY, ANSWER = "concerns.text", "concerns.why", "concerns.answer"
DRAWS = 10
"""Tries to find a free reference: of 10 thousand million even one is hardly ever taken."""
_chance = secrets.SystemRandom()
_EVENT = insert(ConcernEvent.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class NewConcern:
    """What a citizen said, by any channel. `source` is the event's natural key; what is None is to be read.

    `is_read_first`: by a first look it may be an emergency, so that it is read before others.
    """

    source: tuple[str, ...]
    channel: str
    text: str
    contact_id: int | None = None
    spoken: str | None = None
    danger: bool = False
    is_read_first: bool = False
    category: str | None = None
    commune: str | None = None
    place: str | None = None


def file_concern(transaction: Transaction, vault: Vault, new: NewConcern, now: datetime) -> tuple[Concern, bool]:
    """Keeps a concern with the work of reading it; the one already kept, and False, when its source is known."""
    if known := by_source(transaction, vault, new.source):
        return known, False
    inserted = insert_concern(transaction, vault, new, now)
    if inserted is None:
        return transaction.scalars(select(Concern).where(Concern.source == _source(vault, new))).one(), False
    return transaction.get_one(Concern, inserted.id), True


@dataclass(frozen=True, slots=True)
class Inserted:
    """A concern that was just kept."""

    id: int
    reference: str


def insert_concern(
    transaction: Transaction, vault: Vault, new: NewConcern, now: datetime, reasons: Sequence[str] = ()
) -> Inserted | None:
    """Keeps a concern with the work of reading it; None when its source is known.

    With `reasons` a person looks at it before it comes on an agenda, unless it is an emergency.
    """
    urgency = Priority.URGENT if new.danger or new.is_read_first else Priority.ANSWER
    row = {
        "source": _source(vault, new),
        "channel": new.channel,
        "received_at": now,
        "contact_id": new.contact_id,
        "without_number": new.contact_id is None,
        "text_sealed": vault.seal(TEXT, new.text) if new.text else None,
        "danger": new.danger,
        "spoken": new.spoken,
        "category": new.category,
        "commune": new.commune,
        "place": new.place,
        "urgency_rank": 0 if new.danger else 1,
        "needs_review": bool(reasons) and not new.danger,
        "reasons": list(reasons),
        "state": ConcernState.RECEIVED,
        "version": 1,
    }
    for _ in range(DRAWS):
        reference = draw_reference(_chance)
        if (id := inserted_key(transaction, Concern, reference=reference, **row)) is not None:
            add_work(transaction, Work.TRIAGE, [id], now, priority=urgency)
            received = {"concern_id": id, "at": now, "actor": "citizen", "what": "received"}
            connection_of(transaction).execute(_EVENT, received | {"detail": {"channel": new.channel}})
            return Inserted(id, reference)
        if by_source(transaction, vault, new.source):
            return None
    raise RuntimeError("no free reference was found")


def _source(vault: Vault, new: NewConcern) -> bytes:
    return vault.hash("concern source", "\0".join(new.source))


def by_source(transaction: Transaction, vault: Vault, source: tuple[str, ...]) -> Concern | None:
    """The concern of an event's natural key, whichever secret it was hashed with."""
    hashes = vault.hashes("concern source", "\0".join(source))
    return transaction.scalars(select(Concern).where(Concern.source.in_(hashes))).first()


def by_reference(transaction: Transaction, reference: str) -> Concern | None:
    """The concern of a reference as `flows.references.read_reference` gives it."""
    return transaction.scalars(select(Concern).where(Concern.reference == reference)).first()


def reports_of(transaction: Transaction, contact_id: int, most: int = 5) -> Sequence[Concern]:
    """The newest reports of one person."""
    return transaction.scalars(
        select(Concern)
        .where(Concern.contact_id == contact_id, Concern.is_reply.is_(False))
        .order_by(Concern.id.desc())
        .limit(most)
    ).all()


def said_before(transaction: Transaction, concern: Concern, since: datetime) -> Sequence[Concern]:
    """Earlier concerns of the same person that stand for themselves, the newest first."""
    if concern.contact_id is None:
        return []
    return transaction.scalars(
        select(Concern)
        .where(
            Concern.contact_id == concern.contact_id,
            Concern.id < concern.id,
            Concern.received_at >= since,
            Concern.duplicate_of.is_(None),
            Concern.state != ConcernState.CLOSED,
        )
        .order_by(Concern.id.desc())
    ).all()


def record(transaction: Transaction, concern: Concern, now: datetime, actor: str, what: str, **detail: Any) -> None:
    """One line of history; `detail` holds codes and references, never a text or a number."""
    transaction.add(ConcernEvent(concern_id=concern.id, at=now, actor=actor, what=what, detail=detail))


def history(transaction: Transaction, concern: Concern) -> Sequence[ConcernEvent]:
    """The lines of a concern's history in the order of time."""
    return transaction.scalars(
        select(ConcernEvent).where(ConcernEvent.concern_id == concern.id).order_by(ConcernEvent.at, ConcernEvent.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Access:
    """Which concerns someone may see: `communes` None is the whole country, `hidden` the categories kept from them.

    Concerns of the categories in `past` go past a commune's committee to the one above: they are seen by those whose
    area has that one too. Its communes stand in `past_seen`; None is all.
    """

    communes: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    past_seen: tuple[str, ...] | None = None
    committee: str | None = None
    """Of a secretary: they see what is before this committee, and what is before none yet in `communes`."""

    def sees(self, concern: Concern) -> bool:
        """Whether a concern is theirs to see and to read."""
        inside = self.communes is None or concern.commune in self.communes
        if self.committee and concern.committee:
            inside = concern.committee == self.committee
        return inside and self.may_read(concern.commune, concern.category)

    def may_read(self, commune: str | None, category: str | None) -> bool:
        """Whether a matter of this category is theirs to read. What nobody has read yet may be of any category."""
        if category in self.hidden or (category is None and self.hidden):
            return False
        is_past = category is None or category in self.past
        return self.past_seen is None or not is_past or commune in self.past_seen

    def kept_back(self) -> set[str]:
        """The categories that are not to be named to them, of any commune or of some."""
        return {*self.hidden, *(() if self.past_seen is None else self.past)}

    def limit(self, query: Select[Any]) -> Select[Any]:
        """The same in SQL, where a category that is not known is in no list and outside none either."""
        if self.committee:
            before_none = and_(Concern.committee.is_(None), Concern.commune.in_(self.communes or ()))
            query = query.where(or_(Concern.committee == self.committee, before_none))
        elif self.communes is not None:
            query = query.where(Concern.commune.in_(self.communes))
        if self.hidden:
            query = query.where(Concern.category.not_in(self.hidden))
        if self.past_seen is not None:
            query = query.where(or_(Concern.category.not_in(self.past), Concern.commune.in_(self.past_seen)))
        return query


def count_by_state(transaction: Transaction) -> dict[str, int]:
    """How many concerns are in each state, repetitions and replies included."""
    rows = transaction.execute(select(Concern.state, func.count()).group_by(Concern.state))
    return {state.value: count for state, count in rows}
