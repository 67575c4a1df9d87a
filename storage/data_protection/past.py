"""What happened since a backup was made, as values that a database and a journal both hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storage.enumerations import MessageState


@dataclass(frozen=True, slots=True)
class Erased:
    """A number that was erased, by its keyed hash."""

    msisdn_hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """A number that wanted no more SMS, by its keyed hash."""

    msisdn_hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """An SMS that has left the queue; `reference` is of the report that it is about, `to` its number's keyed hash."""

    key: str
    state: MessageState
    created_at: datetime
    changed_at: datetime
    parts: int
    price: int
    currency: str
    is_urgent: bool
    reference: str | None
    to: bytes | None


@dataclass(frozen=True, slots=True)
class Past:
    """What happened, complete since `begins_at`."""

    begins_at: datetime
    erased: Sequence[Erased] = field(default=())
    left: Sequence[Left] = field(default=())
    stopped: Sequence[Stopped] = field(default=())


@dataclass(frozen=True, slots=True)
class Moment:
    """When a backup was made, and marks that every later state of the same database has."""

    made_at: datetime
    audit: str | None
    reference: str | None
