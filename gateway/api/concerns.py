"""Concerns for programs: where, what about, how urgent, in which state; without texts and phone numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import Response, g, jsonify, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session as Transaction

from flows.references import read_reference
from flows.triage import Urgency
from gateway.api.authentication import api, needs
from gateway.api.pages import asked_limit, paged
from gateway.api.problems import Problem
from gateway.runtime.current import deployment
from gateway.runtime.rate_limits import RateLimit
from storage.concerns.concerns import by_reference
from storage.enumerations import ConcernState
from storage.people.api_tokens import Scope
from storage.tables.concerns import Concern

HOUR = 3600
MOST_IN_VAIN = 100
"""Unknown references that a token may open within an hour. A program that follows webhooks opens few."""


@api.get("/concerns")
@needs(Scope.CONCERNS)
def concerns() -> Response:
    """The concerns, newest first, filtered by commune, category, urgency, state and `since`. Raises `Problem`."""
    limit, cursor = asked_limit(), request.args.get("cursor")
    query: Select[Any] = g.access.limit(_narrowed(select(Concern).where(Concern.duplicate_of.is_(None))))
    with deployment().database.read() as transaction:
        if cursor is not None:
            query = query.where(Concern.id < _seen(transaction, cursor, "`cursor` is the one of a `next` link", 400).id)
        rows = transaction.scalars(query.order_by(Concern.id.desc()).limit(limit + 1)).all()
    return paged([shown(row) for row in rows], limit, "reference")


@api.get("/concerns/<reference>")
@needs(Scope.CONCERNS)
def concern(reference: str) -> Response:
    """One concern. A sensitive one, or one of another area, gets the same 404 as an unknown one."""
    with deployment().database.read() as transaction:
        return jsonify(shown(_seen(transaction, reference, "no such concern, or not of this token's area", 404)))


def shown(concern: Concern) -> dict[str, object]:
    """A concern as the API's document describes it; times are in UTC."""
    return {
        "reference": concern.reference,
        "received_at": concern.received_at.isoformat(),
        "channel": concern.channel,
        "commune": concern.commune,
        "place": concern.place,
        "category": concern.category,
        "kind": concern.kind,
        "urgency": concern.urgency,
        "state": concern.state.value,
        "committee": concern.committee,
        "needs_review": concern.needs_review,
    }


def _seen(transaction: Transaction, reference: str, otherwise: str, status: int) -> Concern:
    """The concern of a reference. Raises `Problem` if the token may not see it; 429 after too many of those."""
    concern = by_reference(transaction, read_reference(reference) or "")
    if concern is not None and g.access.sees(concern):
        return concern
    limit = RateLimit(f"api-in-vain:{g.token.id}", HOUR, MOST_IN_VAIN)
    if deployment().rate_limits.is_over(limit):
        raise Problem(429, f"more than {MOST_IN_VAIN} references in vain within an hour")
    raise Problem(status, otherwise)


def _narrowed(query: Select[Any]) -> Select[Any]:
    """The query with the filters of the address.

    Raises `Problem` for an unknown value, so that a program learns of its mistake.
    """
    pack = deployment().pack
    known: dict[str, Collection[str]] = {
        "commune": {area.code for area in pack.communes},
        "category": set(pack.categories),
        "urgency": set(Urgency),
        "state": set(ConcernState),
    }
    for name, values in known.items():
        if given := request.args.get(name):
            if given not in values:
                raise Problem(400, f"`{name}` is none that there is")
            query = query.where(getattr(Concern, name) == given)
    if since := request.args.get("since"):
        query = query.where(Concern.received_at >= _moment(since))
    return query


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 2000 < moment.year < 3000:
        raise Problem(400, "`since` is a moment with its time zone, such as 2026-11-24T10:00:00Z")
    return moment
