"""Webhooks of API clients: which are due, their next events, and the result of a delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session as Transaction

from storage.concerns.access import Access
from storage.enumerations import ConcernState
from storage.tables.api import ApiToken, Webhook
from storage.tables.concerns import Concern, ConcernEvent

SECRET = "webhooks.secret"
MOST_OF_TOKEN = 5
"""The most webhooks of one token."""
BATCH = 50
"""Events that are read at once for a webhook."""
SETTLED_AFTER = timedelta(seconds=10)
"""How old an event must be. PostgreSQL assigns ids before the commit, so a lower id may become visible later."""
LEASE = timedelta(minutes=5)
"""How long a webhook belongs to the worker that took it."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
MOST_TRIES = 20
"""With pauses that double up to six hours: about three days."""


class Told(StrEnum):
    """The kinds of events that a webhook may get."""

    RECEIVED = "concern.received"
    STATE_CHANGED = "concern.state_changed"


STATES = {state.value for state in ConcernState} - {ConcernState.RECEIVED.value}


@dataclass(frozen=True, slots=True)
class DueWebhook:
    """A webhook that a worker has taken. `area` is the area of its token, `after_event` the id of the last event."""

    id: int
    url: str
    secret: bytes
    events: frozenset[str]
    area: str
    after_event: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event for a webhook. It holds an id, a reference, commune, category, state and time only."""

    id: int
    kind: Told
    at: datetime
    reference: str
    commune: str | None
    category: str
    state: str


def add_webhook(
    transaction: Transaction, token: ApiToken, url: str, secret_sealed: bytes, events: Sequence[Told], now: datetime
) -> Webhook:
    """Adds a webhook that gets the events from now on."""
    last = transaction.scalar(select(func.max(ConcernEvent.id))) or 0
    webhook = Webhook(
        token_id=token.id, url=url, secret_sealed=secret_sealed, events=sorted(set(events)), created_at=now,
        after_event=last, next_try_at=now,
    )  # fmt: skip
    transaction.add(webhook)
    transaction.flush()
    return webhook


def webhooks_of(transaction: Transaction, token: ApiToken) -> Sequence[Webhook]:
    """The webhooks of a token, the oldest first."""
    return transaction.scalars(select(Webhook).where(Webhook.token_id == token.id).order_by(Webhook.id)).all()


def some_are_due(transaction: Transaction, now: datetime) -> bool:
    """Whether a webhook has an event to deliver now."""
    return transaction.scalars(_due(now).limit(1)).first() is not None


def take_due(transaction: Transaction, now: datetime) -> list[DueWebhook]:
    """Takes the webhooks that are due; no other worker takes them within `LEASE`."""
    due = []
    rows = transaction.execute(
        select(Webhook, ApiToken)
        .join(ApiToken, ApiToken.id == Webhook.token_id)
        .where(Webhook.id.in_(_due(now)))
        .with_for_update(of=Webhook, skip_locked=True)
    )
    for webhook, token in rows:
        webhook.next_try_at = now + LEASE
        due.append(
            DueWebhook(
                webhook.id, webhook.url, webhook.secret_sealed, frozenset(webhook.events), token.area,
                webhook.after_event,
            )
        )  # fmt: skip
    return due


def _due(now: datetime) -> Select[int]:
    newest = select(func.max(ConcernEvent.id)).scalar_subquery()
    return (
        select(Webhook.id)
        .join(ApiToken, ApiToken.id == Webhook.token_id)
        .where(Webhook.stopped_at.is_(None), ApiToken.revoked_at.is_(None), Webhook.next_try_at <= now)
        .where(Webhook.after_event < func.coalesce(newest, 0))
    )


def next_events(
    transaction: Transaction, webhook: DueWebhook, access: Access, now: datetime
) -> tuple[list[Event], int]:
    """The next events of a webhook in order, and the id of the last event that was examined.

    Concerns that `access` does not show are left out, and concerns that triage has not read: they may be sensitive.
    """
    query = (
        select(ConcernEvent, Concern)
        .join(Concern, Concern.id == ConcernEvent.concern_id)
        .where(ConcernEvent.id > webhook.after_event)
        .order_by(ConcernEvent.id)
        .limit(BATCH)
    )
    events, looked_at = [], webhook.after_event
    for happened, concern in transaction.execute(query):
        if now - SETTLED_AFTER < happened.at <= now:
            break
        looked_at = happened.id
        kind = _kind(happened.what)
        if kind is None or kind not in webhook.events or not access.sees(concern) or concern.category is None:
            continue
        state = ConcernState.RECEIVED.value if kind is Told.RECEIVED else happened.what
        events.append(
            Event(happened.id, kind, happened.at, concern.reference, concern.commune, concern.category, state)
        )
    return events, looked_at


def _kind(what: str) -> Told | None:
    """The kind of an event. A concern counts as received only after triage, which says whether it is sensitive."""
    if what == "read":
        return Told.RECEIVED
    return Told.STATE_CHANGED if what in STATES else None


def keep_told(transaction: Transaction, id: int, after_event: int, now: datetime) -> None:
    """Records that the webhook has accepted every event up to `after_event`."""
    webhook = transaction.get(Webhook, id, with_for_update=True)
    if webhook and webhook.after_event < after_event:
        webhook.after_event = after_event
        webhook.failed_tries = 0
    if webhook:
        webhook.next_try_at = now


def keep_failed(transaction: Transaction, id: int, now: datetime) -> bool:
    """Counts a failed delivery and sets the pause before the next; returns whether the webhook is stopped."""
    webhook = transaction.get(Webhook, id, with_for_update=True)
    if webhook is None:
        return False
    webhook.failed_tries += 1
    webhook.next_try_at = now + min(FIRST_PAUSE * 2 ** (webhook.failed_tries - 1), LONGEST_PAUSE)
    if webhook.failed_tries >= MOST_TRIES:
        webhook.stopped_at = now
    return webhook.stopped_at is not None
