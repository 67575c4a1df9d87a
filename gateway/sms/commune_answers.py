"""The answer to "which commune?": a later SMS of the same person that holds only a place name."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session as Transaction

from flows.triage import Urgency
from flows.triage.places.gazetteer import Spot
from gateway.abuse.flood_limits import OVER_LIMIT
from gateway.outbound.alerts import alert_if_emergency
from gateway.runtime.deployment import Deployment
from storage.committees.agendas import AgendaPlacement
from storage.concerns.concerns import record
from storage.people.open_questions import next_asked
from storage.tables.concerns import Concern
from storage.tables.people import Contact

ANSWER_WITHIN = timedelta(hours=24)
"""How long the question stays open; a place name a week later is about something else."""


def commune_asked_about(transaction: Transaction, contact: Contact, now: datetime) -> Concern | None:
    """Returns the concern whose commune this person was asked for, if it is still unknown."""
    asked_at = contact.commune_asked_at
    if contact.commune_asked_for is None or asked_at is None or asked_at < now - ANSWER_WITHIN:
        return None
    concern = transaction.get(Concern, contact.commune_asked_for)
    return concern if concern and concern.commune is None else None


def take_commune(
    deployment: Deployment, transaction: Transaction, contact: Contact, concern: Concern, spot: Spot, now: datetime
) -> None:
    """Gives a concern the place that its citizen named; then the next open question counts as asked."""
    concern.commune, concern.place = spot.commune, spot.place
    concern.reasons = [reason for reason in concern.reasons if not reason.startswith("commune_")]
    concern.needs_review = bool(concern.reasons)
    transaction.flush()
    contact.commune_asked_for, contact.commune_asked_at = next_asked(transaction, contact, now - ANSWER_WITHIN)
    contact.usual_place, contact.menu_changed_at = spot.id, now
    record(transaction, concern, now, "citizen", "commune_answered", commune=spot.commune)
    if OVER_LIMIT not in concern.reasons or concern.urgency == Urgency.EMERGENCY:
        AgendaPlacement(transaction, deployment.pack, now).place(concern)
    alert_if_emergency(deployment, transaction, concern)
