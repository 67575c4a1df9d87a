"""Files what a USSD session reports: once for each session, however often its last request comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from flows.conversation.effects import FileConcern
from gateway.abuse.flood_limits import OVER_LIMIT, comes_with_many_emergencies
from gateway.outbound.alerts import MANY_EMERGENCIES
from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import NewConcern, by_source, file_concern
from storage.concerns.unfinished_reports import drop_draft
from storage.people.contacts import count_report, ensure_contact, find_contact
from storage.sessions.filed import LIFE, find_filed, goes_on, held_filed, keep_filed, new_run
from storage.tables.concerns import Concern


def already_filed(deployment: Deployment, transaction: Transaction, request: UssdRequest) -> Concern | None:
    """What this session has filed."""
    filed = find_filed(transaction, deployment.vault, request.key)
    if filed is None:
        return _filed_by_the_release_before(deployment, transaction, request)
    # Also the very text that filed it: a last request may come when another session has begun.
    again = request.typed_is_whole and filed.typed_hash in request.key.typed_hashes(deployment.vault, request.typed)
    return transaction.get(Concern, filed.concern_id) if again or goes_on(filed, deployment.now()) else None


def _filed_by_the_release_before(
    deployment: Deployment, transaction: Transaction, request: UssdRequest
) -> Concern | None:
    """What a process of it has filed a moment ago, in a rolling restart: it knew a session by its id alone."""
    concern = by_source(transaction, deployment.vault, (request.provider, "ussd", request.session_id))
    if concern is None or concern.received_at < deployment.now() - LIFE:
        return None
    contact = find_contact(transaction, deployment.vault, request.msisdn)
    return concern if concern.contact_id in (None, contact.id if contact else None) else None


def file_report(
    deployment: Deployment,
    transaction: Transaction,
    request: UssdRequest,
    report: FileConcern,
    spoken: str | None,
    now: datetime,
) -> Concern:
    """The concern that this session reports, or has reported: of two requests at once one files."""
    filed = held_filed(transaction, deployment.vault, request.key, now)
    if goes_on(filed, now):
        return transaction.get_one(Concern, filed.concern_id)
    contact = ensure_contact(transaction, deployment.vault, request.msisdn, now, reachable=report.answerable)
    new = NewConcern(
        source=("ussd", new_run()),
        channel="ussd",
        text=report.words,
        contact_id=contact.id if report.answerable else None,
        spoken=spoken,
        danger=report.danger,
        category=report.category,
        commune=report.commune,
        place=report.place,
    )
    concern, _ = file_concern(transaction, deployment.vault, new, now)
    typed = request.key.typed_hashes(deployment.vault, request.typed)[0] if request.typed_is_whole else b""
    keep_filed(filed, concern, typed, now)
    drop_draft(transaction, contact)
    # What was filed is not replayed: the next session, under whatever id, begins in the language that was chosen.
    contact.asked_answerable, contact.language_session_hash = True, None
    if report.answerable:
        contact.usual_place = f"{report.commune}|{report.place or ''}"
    # Nothing is thrown away: what is over the limit waits for a person, off the agenda.
    if count_report(contact, now.date()) > deployment.pack.reports_per_day and not report.danger:
        concern.needs_review, concern.reasons = True, [OVER_LIMIT]
    elif report.danger and not report.answerable and comes_with_many_emergencies(deployment, request.msisdn):
        concern.reasons = [MANY_EMERGENCIES]
    return concern
