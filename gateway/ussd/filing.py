"""Files the report of a USSD session: once for each session, however often its last request comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from flows.conversation.effects import FileConcern
from gateway.abuse.flood_limits import OVER_LIMIT, comes_with_many_emergencies
from gateway.outbound.alerts import MANY_EMERGENCIES
from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import NewConcern, by_source, insert_concern
from storage.concerns.unfinished_reports import drop_draft_of
from storage.people.contacts import find_contact
from storage.sessions.callers import Reporter, note_report
from storage.sessions.filed import LIFE, find_filed, hold_filed, keep_filed, new_run
from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class FiledReport:
    """What the last screen says about a report."""

    concern_id: int
    reference: str
    commune: str
    category: str
    spoken: str | None
    """The code of the language in which its citizen is answered."""
    is_over_limit: bool = False
    registry_version: int | None = None
    """The version of the registry at this moment, if it was read."""

    @staticmethod
    def of(concern: Concern) -> FiledReport:
        """Returns what the last screen says about a report that was filed before."""
        commune, category = concern.commune or "", concern.category or "other"
        return FiledReport(
            concern.id, concern.reference, commune, category, concern.spoken, OVER_LIMIT in concern.reasons
        )


def already_filed(deployment: Deployment, transaction: Transaction, request: UssdRequest) -> Concern | None:
    """Returns the concern that this session has filed, if it has."""
    filed = find_filed(transaction, deployment.vault, request.key)
    if filed is None:
        return _filed_by_the_release_before(deployment, transaction, request)
    # The exact text that filed it counts too: a last request may come after another session has begun.
    again = request.typed_is_whole and filed.typed_hash in request.key.typed_hashes(deployment.vault, request.typed)
    return transaction.get(Concern, filed.concern_id) if again or filed.goes_on(deployment.now()) else None


def _filed_by_the_release_before(
    deployment: Deployment, transaction: Transaction, request: UssdRequest
) -> Concern | None:
    """A concern that the release before has just filed, in a rolling restart: it knew a session only by its id."""
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
    seems_new: bool = False,
) -> FiledReport:
    """Files the report of this session, or returns the one it has filed: of two requests at once, one files.

    `seems_new` is true if nothing was known of the number when the session began.
    """
    vault = deployment.vault
    filed = hold_filed(transaction, vault, request.key, now)
    if filed.goes_on(now):
        return FiledReport.of(transaction.get_one(Concern, filed.concern_id))
    place = f"{report.commune}|{report.place or ''}" if report.answerable else None
    reporter = note_report(transaction, vault, request.msisdn, spoken, place, now, seems_new)
    reasons = _reasons(deployment, request, report, reporter)
    new = NewConcern(
        source=("ussd", new_run()),
        channel="ussd",
        text=report.words,
        contact_id=reporter.contact_id if report.answerable else None,
        spoken=spoken,
        danger=report.danger,
        category=report.category,
        commune=report.commune,
        place=report.place,
    )
    concern = insert_concern(transaction, vault, new, now, reasons)
    if concern is None:
        raise RuntimeError("a source that was just drawn is known already")
    typed = request.key.typed_hashes(vault, request.typed)[0] if request.typed_is_whole else b""
    keep_filed(transaction, filed, concern.id, typed, now)
    if not reporter.is_new:
        drop_draft_of(transaction, reporter.contact_id)
    return FiledReport(
        concern.id, concern.reference, report.commune, report.category, spoken, OVER_LIMIT in reasons,
        concern.registry_version,
    )  # fmt: skip


def _reasons(deployment: Deployment, request: UssdRequest, report: FileConcern, reporter: Reporter) -> tuple[str, ...]:
    """Nothing is thrown away: a report over the limit waits for a person, off the agenda. An emergency passes."""
    if not report.danger:
        return (OVER_LIMIT,) if reporter.reports_today > deployment.pack.reports_per_day else ()
    many = not report.answerable and comes_with_many_emergencies(deployment, request.msisdn)
    return (MANY_EMERGENCIES,) if many else ()
