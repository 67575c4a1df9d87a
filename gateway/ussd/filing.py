"""Files the report of a USSD session: once for each session, however often its last request comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session as Transaction

from flows.conversation.effects import FileConcern
from gateway.abuse.flood_limits import OVER_LIMIT, comes_with_many_emergencies
from gateway.outbound.alerts import MANY_EMERGENCIES
from gateway.providers.base import UssdRequest
from gateway.runtime.deployment import Deployment
from gateway.ussd.transactions import RequestTransactions
from storage.concerns.concerns import (
    Inserted,
    NewConcern,
    by_source,
    concern_row,
    insert_concern,
    new_reference,
    priority_of,
)
from storage.concerns.first_reports import insert_first_report
from storage.concerns.rows import first_values
from storage.concerns.unfinished_reports import drop_draft_of
from storage.connection import connection_of
from storage.people.contacts import find_contact
from storage.sessions.callers import new_contact_row, note_report
from storage.sessions.filed import LIFE, filed_row, find_filed, hold_filed, keep_filed, new_run
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
    filed = find_filed(connection_of(transaction), deployment.vault, request.key)
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
    transactions: RequestTransactions,
    request: UssdRequest,
    report: FileConcern,
    spoken: str | None,
    now: datetime,
    seems_new: bool = False,
) -> FiledReport:
    """Files the report of this session, or returns the one it has filed: of two requests at once, one files.

    `seems_new` is true if nothing was known of the number when the session began.
    """
    filing = _Filing(deployment, transactions, request, report, spoken, now)
    return (filing.of_newcomer() if seems_new else None) or filing.of_anybody()


@dataclass
class _Filing:
    """One report that is filed."""

    deployment: Deployment
    transactions: RequestTransactions
    request: UssdRequest
    report: FileConcern
    spoken: str | None
    now: datetime

    def of_newcomer(self) -> FiledReport | None:
        """Files the report of a number that is not in the database; None if it is, or if the session has filed."""
        vault, report, key, now = self.deployment.vault, self.report, self.request.key, self.now
        key_hashes = key.hashes(vault)
        if len(key_hashes) > 1:
            return None  # it may be known by a hash of an earlier secret
        reasons, new = self._reasons(1), self._new_concern()
        reference = new_reference()
        values = {
            **new_contact_row(vault, self.request.msisdn, self.spoken, self._usual_place, now),
            **first_values(concern_row(vault, new, now, reasons), priority_of(new)),
            **filed_row(key_hashes[0], self._typed_hash, now),
            "reference": reference,
            "without_number": not report.answerable,
            "keeps_contact": report.answerable,
        }
        with self.transactions.writing_prepared() as connection:
            inserted = insert_first_report(connection, values)
        return self._filed(Inserted(inserted[0], reference, inserted[1]), reasons) if inserted else None

    def of_anybody(self) -> FiledReport:
        """Files the report of any number, or returns the one that this session has filed."""
        transaction, vault, report, now = self.transactions.writing(), self.deployment.vault, self.report, self.now
        filed = hold_filed(transaction, vault, self.request.key, now)
        if filed.goes_on(now):
            return FiledReport.of(transaction.get_one(Concern, filed.concern_id))
        reporter = note_report(transaction, vault, self.request.msisdn, self.spoken, self._usual_place, now)
        reasons = self._reasons(reporter.reports_today)
        new = replace(self._new_concern(), contact_id=reporter.contact_id if report.answerable else None)
        concern = insert_concern(transaction, vault, new, now, reasons)
        if concern is None:
            raise RuntimeError("a source that was just drawn is known already")
        keep_filed(transaction, filed, concern.id, self._typed_hash, now)
        if not reporter.is_new:
            drop_draft_of(transaction, reporter.contact_id)
        return self._filed(concern, reasons)

    def _new_concern(self) -> NewConcern:
        report = self.report
        return NewConcern(
            source=("ussd", new_run()),
            channel="ussd",
            text=report.words,
            spoken=self.spoken,
            danger=report.danger,
            category=report.category,
            commune=report.commune,
            place=report.place,
        )

    def _filed(self, concern: Inserted, reasons: Sequence[str]) -> FiledReport:
        report = self.report
        return FiledReport(
            concern.id, concern.reference, report.commune, report.category, self.spoken, OVER_LIMIT in reasons,
            concern.registry_version,
        )  # fmt: skip

    def _reasons(self, reports_today: int) -> tuple[str, ...]:
        """Nothing is thrown away: a report over the limit waits for a person, off the agenda. An emergency passes."""
        if not self.report.danger:
            return (OVER_LIMIT,) if reports_today > self.deployment.pack.reports_per_day else ()
        return (MANY_EMERGENCIES,) if self._comes_with_many else ()

    @cached_property
    def _comes_with_many(self) -> bool:
        """Counted once, also if the report is filed at the second try."""
        return not self.report.answerable and comes_with_many_emergencies(self.deployment, self.request.msisdn)

    @property
    def _usual_place(self) -> str | None:
        return f"{self.report.commune}|{self.report.place or ''}" if self.report.answerable else None

    @property
    def _typed_hash(self) -> bytes:
        """The hash of the session's whole text; empty if the provider does not send that."""
        request = self.request
        return request.key.typed_hashes(self.deployment.vault, request.typed)[0] if request.typed_is_whole else b""
