"""Files concerns, finds them by reference, and keeps the history of their changes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session as Transaction

from flows.references import draw_reference
from storage.concerns.rows import insert_first_rows
from storage.connection import connection_of
from storage.enumerations import ConcernState, Priority
from storage.prepared import Prepared, bound
from storage.safety.vault import Vault
from storage.tables.concerns import Concern, ConcernEvent

TEXT, WHY, ANSWER = "concerns.text", "concerns.why", "concerns.answer"
DRAWS = 10
"""The most tries to find a free reference. There are about 10 thousand million, so the first is nearly always free."""
_chance = secrets.SystemRandom()
_EVENTS = ConcernEvent.__table__
_EVENT = Prepared(
    lambda _: insert(_EVENTS).values(bound(_EVENTS, "concern_id", "at", "actor", "what", "detail"))  # type: ignore[arg-type]
)
_OF_SOURCE = select(Concern).where(Concern.source.in_(bindparam("hashes", expanding=True)))
_CONCERNS = Concern.__table__
_LATELY = (
    select(_CONCERNS.c.id)
    .where(_CONCERNS.c.contact_id.in_(bindparam("people", expanding=True)))
    .where(_CONCERNS.c.received_at >= bindparam("since"), _CONCERNS.c.id.not_in(bindparam("besides", expanding=True)))
)
_WITH_IDS = select(Concern).where(Concern.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class NewConcern:
    """A concern as it came in, by any channel. `source` is the event's natural key. Triage fills in what is None.

    `is_read_first`: a first look says that it may be an emergency, so triage reads it before others.
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
    """Files a concern and the work of reading it: (concern, true), or (the old one, false) if its source is known."""
    if inserted := insert_concern(transaction, vault, new, now):
        return transaction.get_one(Concern, inserted.id), True
    known = by_source(transaction, vault, new.source)
    if known is None:
        raise RuntimeError("a concern was filed before, and is gone")
    return known, False


@dataclass(frozen=True, slots=True)
class Inserted:
    """A concern that was just kept."""

    id: int
    reference: str
    registry_version: int
    """The registry's version, which the last screen needs (`storage.committees.known_registry`)."""


def insert_concern(
    transaction: Transaction, vault: Vault, new: NewConcern, now: datetime, reasons: Sequence[str] = ()
) -> Inserted | None:
    """Files a concern and the work of reading it; returns None if its source is known.

    With `reasons`, a person reviews the concern before it comes on an agenda, unless the caller reported danger.
    """
    if vault.has_older_secrets and by_source(transaction, vault, new.source):
        return None  # the database knows the source by the hash of another secret, and would insert it again
    row = concern_row(vault, new, now, reasons) | {"contact_id": new.contact_id}
    for _ in range(DRAWS):
        row["reference"] = new_reference()
        if inserted := insert_first_rows(transaction, row, priority_of(new)):
            return Inserted(inserted[0], row["reference"], inserted[1])
        if by_source(transaction, vault, new.source):
            return None
    raise RuntimeError("no free reference was found")


def concern_row(vault: Vault, new: NewConcern, now: datetime, reasons: Sequence[str] = ()) -> dict[str, Any]:
    """The columns of a new concern, without its reference and its contact; `reasons` are as in `insert_concern`."""
    return {
        "source": _source(vault, new),
        "channel": new.channel,
        "received_at": now,
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
    }


def priority_of(new: NewConcern) -> Priority:
    """The priority with which a new concern is read."""
    return Priority.URGENT if new.danger or new.is_read_first else Priority.ANSWER


def new_reference() -> str:
    """A reference that nobody can guess. It may be taken, though hardly ever (see `DRAWS`)."""
    return draw_reference(_chance)


def _source(vault: Vault, new: NewConcern) -> bytes:
    return vault.hash("concern source", "\0".join(new.source))


def by_source(transaction: Transaction, vault: Vault, source: tuple[str, ...]) -> Concern | None:
    """The concern of an event, by the event's natural key; the key may be hashed with any of the secrets."""
    hashes = vault.hashes("concern source", "\0".join(source))
    return transaction.scalars(_OF_SOURCE, {"hashes": hashes}).first()


def by_reference(transaction: Transaction, reference: str) -> Concern | None:
    """The concern with this reference, in the form that `flows.references.read_reference` returns."""
    return transaction.scalars(select(Concern).where(Concern.reference == reference)).first()


def reports_of(transaction: Transaction, contact_id: int, most: int = 5) -> Sequence[Concern]:
    """The newest reports of one person."""
    return transaction.scalars(
        select(Concern)
        .where(Concern.contact_id == contact_id, Concern.is_reply.is_(False))
        .order_by(Concern.id.desc())
        .limit(most)
    ).all()


def said_lately(transaction: Transaction, concerns: Sequence[Concern], within: timedelta) -> Sequence[Concern]:
    """The concerns of the people of `concerns` since `within` before the first of these, the newest first.

    `concerns` themselves are among them, as the objects that they are.
    """
    people = {concern.contact_id for concern in concerns if concern.contact_id is not None}
    if not people:
        return []
    since = min(concern.received_at for concern in concerns) - within
    besides = [concern.id for concern in concerns]
    ids = connection_of(transaction).scalars(_LATELY, {"people": people, "since": since, "besides": besides}).all()
    others = transaction.scalars(_WITH_IDS, {"ids": ids}) if ids else ()
    return sorted([*others, *concerns], key=lambda concern: concern.id, reverse=True)


def is_said_before(earlier: Concern, concern: Concern, within: timedelta) -> bool:
    """Whether an open concern, no repetition and no reply, came from the same person up to `within` before this one."""
    return (
        earlier.contact_id == concern.contact_id
        and earlier.id < concern.id
        and earlier.received_at >= concern.received_at - within
        and earlier.duplicate_of is None
        and earlier.state is not ConcernState.CLOSED
    )


def record(transaction: Transaction, concern: Concern, now: datetime, actor: str, what: str, **detail: Any) -> None:
    """Adds a line to the concern's history. `detail` holds codes and references, never a text or a phone number."""
    transaction.add(ConcernEvent(concern_id=concern.id, at=now, actor=actor, what=what, detail=detail))


def event_row(concern: Concern, now: datetime, actor: str, what: str, **detail: Any) -> dict[str, Any]:
    """The columns of a line of a concern's history, for `record_many`; see `record`."""
    return {"concern_id": concern.id, "at": now, "actor": actor, "what": what, "detail": detail}


def record_many(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds lines to the histories of concerns that are in the database already, with one statement."""
    if rows:
        _EVENT.execute_many(connection_of(transaction), rows)


def history(transaction: Transaction, concern: Concern) -> Sequence[ConcernEvent]:
    """The lines of a concern's history in the order of time."""
    return transaction.scalars(
        select(ConcernEvent).where(ConcernEvent.concern_id == concern.id).order_by(ConcernEvent.at, ConcernEvent.id)
    ).all()


def count_by_state(transaction: Transaction) -> dict[str, int]:
    """The number of concerns by state, repetitions and replies included."""
    rows = transaction.execute(select(Concern.state, func.count()).group_by(Concern.state))
    return {state.value: count for state, count in rows}
