"""The auditor's page: who saw and did what, with filters and an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from flask import g, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.outside import read_id
from gateway.documents.spreadsheets import csv_response, xlsx_response
from gateway.queue.blueprint import queue
from gateway.queue.login import signed_in
from gateway.queue.people.audit_words import WHAT, detail_in_words, what_in_words, who_in_words
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.safety.audit import AuditFilter, audit_batches, audit_page, verify_chain, write_line
from storage.tables.audit import AuditLine

FILTERS = ("who", "what", "since", "until")
TITLES = (N_("n°"), N_("quand"), N_("qui"), N_("quoi"), N_("sur"), "code")


@queue.get("/audit")
@signed_in
def audit() -> str:
    """One page of the audit. With `verify` in the address it also verifies the chain, which reads all lines."""
    here, narrowed = deployment(), _filter(deployment())
    before = read_id(request.args.get("before", ""))
    with here.database.read() as transaction:
        rows = audit_page(transaction, before, narrowed)
        chain = verify_chain(transaction) if "verify" in request.args else None
    return render_template(
        "queue/people/audit.html",
        rows=[(line, *_in_words(here, line)) for line in rows],
        chain=chain,
        acts=sorted(WHAT.items(), key=lambda named: named[1]),
        kept={name: value for name in FILTERS if (value := request.args.get(name, ""))},
    )


@queue.get("/audit.csv")
@signed_in
def audit_csv() -> AnyResponse:
    """The lines under the filter as CSV, oldest first."""
    return csv_response(*_taken("csv"))


@queue.get("/audit.xlsx")
@signed_in
def audit_xlsx() -> AnyResponse:
    """The same as an Excel file."""
    rows, name = _taken("xlsx")
    return xlsx_response(rows, _("Audit"), name)


def _taken(form: str) -> tuple[Iterator[Sequence[str]], str]:
    """The rows and the name of the file. Writes the line of audit that says who takes it."""
    here, narrowed = deployment(), _filter(deployment())
    with here.database.write() as transaction:
        write_line(transaction, here.now(), g.administrator.email, "audit_exported", acts=narrowed.what, form=form)
    return _rows(here, narrowed), f"audit-{here.now():%Y-%m-%d}"


def _rows(here: Deployment, narrowed: AuditFilter) -> Iterator[Sequence[str]]:
    yield [_(title) for title in TITLES]
    with here.database.read() as transaction:
        for batch in audit_batches(transaction, narrowed):
            for line in batch:
                moment = line.at.astimezone(here.pack.time_zone).strftime("%d/%m/%Y %H:%M:%S")
                yield str(line.id), moment, *_in_words(here, line), line.what


def _in_words(here: Deployment, line: AuditLine) -> tuple[str, str, str]:
    return who_in_words(line.actor), what_in_words(line.what), detail_in_words(here.pack, line.detail)


def _filter(here: Deployment) -> AuditFilter:
    """The filter of the address; what cannot be read is ignored. Days are local, and the last one is included."""
    until = _midnight(here, request.args.get("until", ""))
    return AuditFilter(
        actor=request.args.get("who", "").strip()[:254] or None,
        what=request.args.get("what", "")[:40] or None,
        since=_midnight(here, request.args.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )


def _midnight(here: Deployment, typed: str) -> datetime | None:
    try:
        day = date.fromisoformat(typed)
        return datetime.combine(day, time(), here.pack.time_zone) if 2000 < day.year < 3000 else None
    except ValueError:
        return None
