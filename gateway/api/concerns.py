"""Concerns as programs see them: where, what about, how urgent, in which state; no words and no number."""

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
"""References that a token may open in vain within an hour: a program that follows webhooks misses few."""


@api.get("/concerns")
@needs(Scope.CONCERNS)
def concerns() -> Response:
    """The newest first; narrowed by commune, category, urgency, state, and the moment since which they came."""
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
    """One concern; of another area or a sensitive one no more than of one that never was."""
    with deployment().database.read() as transaction:
        return jsonify(shown(_seen(transaction, reference, "no such concern, or not of this token's area", 404)))


def shown(concern: Concern) -> dict[str, object]:
    """A concern as the document of the API describes it; moments in UTC."""
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
    """The concern of a reference, if this token may see it. Raises `Problem`; many in vain slow a program down."""
    concern = by_reference(transaction, read_reference(reference) or "")
    if concern is not None and g.access.sees(concern):
        return concern
    limit = RateLimit(f"api-in-vain:{g.token.id}", HOUR, MOST_IN_VAIN)
    if deployment().rate_limits.is_over(limit):
        raise Problem(429, f"more than {MOST_IN_VAIN} references in vain within an hour")
    raise Problem(status, otherwise)


def _narrowed(query: Select[Any]) -> Select[Any]:
    """Raises `Problem` for a filter that nothing can have: a program should learn of its mistake."""
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
