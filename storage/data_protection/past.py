"""Events since a backup was made, as values that the database and the journal both keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storage.enumerations import MessageState


@dataclass(frozen=True, slots=True)
class Erased:
    """The erasure of a number, which is given as its keyed hash."""

    msisdn_hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """The STOP of a number, which is given as its keyed hash."""

    msisdn_hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """An SMS that has left the queue. `reference` names the report it is about; `to` is the number's keyed hash."""

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
    """Erasures, sent SMS and STOPs, complete since `begins_at`."""

    begins_at: datetime
    erased: Sequence[Erased] = field(default=())
    left: Sequence[Left] = field(default=())
    stopped: Sequence[Stopped] = field(default=())


@dataclass(frozen=True, slots=True)
class Moment:
    """When a backup was made, with the last audit mark and reference; every later state of the database has them."""

    made_at: datetime
    audit: str | None
    reference: str | None
