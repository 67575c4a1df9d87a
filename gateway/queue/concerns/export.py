"""Exports the filtered list as CSV or XLSX: codes as words; no phone numbers, names or texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import g
from werkzeug.wrappers import Response as AnyResponse

from gateway.documents.spreadsheets import csv_response, xlsx_response
from gateway.queue.blueprint import queue
from gateway.queue.concerns.filters import ListAddress, read_address
from gateway.queue.concerns.rows import state_label, urgency_label
from gateway.queue.dates import moment
from gateway.queue.labels import CHANNELS, KINDS, category_label
from gateway.queue.login import signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.concerns.access import Access
from storage.concerns.listing.export import EXPORT_BATCH, listed_among, listed_before
from storage.concerns.listing.search import search
from storage.safety.audit import write_line
from storage.tables.concerns import Concern

TITLES = (
    N_("référence"), N_("reçu"), N_("canal"), N_("langue"), N_("région"), N_("commune"), N_("lieu"), N_("catégorie"),
    N_("genre"), N_("urgence"), N_("état"), N_("à vérifier"), N_("réponse attendue"), N_("pris en main"), N_("comité"),
    N_("satisfait"),
)  # fmt: skip
YES_NO = {True: N_("oui"), False: N_("non")}


@queue.get("/concerns.csv")
@signed_in
def concerns_csv() -> AnyResponse:
    """The list under the filter of its address, as CSV."""
    here = deployment()
    return csv_response(_asked_for(here, "csv"), _name(here))


@queue.get("/concerns.xlsx")
@signed_in
def concerns_xlsx() -> AnyResponse:
    """The same list as an Excel file."""
    here = deployment()
    return xlsx_response(_asked_for(here, "xlsx"), _("Préoccupations"), _name(here))


def _name(here: Deployment) -> str:
    return f"preoccupations-{here.now().astimezone(here.pack.time_zone):%Y-%m-%d}"


def _asked_for(here: Deployment, form: str) -> Iterator[Sequence[str]]:
    """The rows of a file. Writes the line of audit that says who takes it, without the words searched for."""
    address, access = read_address(here), g.access
    narrowed = address.filter
    with here.database.write() as transaction:
        write_line(
            transaction, here.now(), g.administrator.email, "concerns_exported", form=form,
            commune=narrowed.commune, category=narrowed.category, searched=bool(address.words),
        )  # fmt: skip
    return _rows(here, access, address)


def _rows(here: Deployment, access: Access, address: ListAddress) -> Iterator[Sequence[str]]:
    yield [_(title) for title in TITLES]
    for concerns in _batches(here, access, address):
        for concern in concerns:
            yield _row(here, concern)


def _batches(here: Deployment, access: Access, address: ListAddress) -> Iterator[Sequence[Concern]]:
    """The concerns in batches, each in a transaction of its own, so that a slow download keeps none open."""
    if address.words:
        with here.database.read() as transaction:
            found = search(transaction, here.vault, access, address.filter, address.words)
        for start in range(0, len(found.ids), EXPORT_BATCH):
            with here.database.read() as transaction:
                concerns = listed_among(transaction, access, found.ids[start : start + EXPORT_BATCH])
            yield concerns
        return
    before = None
    while True:
        with here.database.read() as transaction:
            concerns = listed_before(transaction, access, address.filter, before)
        if not concerns:
            return
        yield concerns
        before = concerns[-1].id


def _row(here: Deployment, concern: Concern) -> tuple[str, ...]:
    pack = here.pack
    committee = pack.committees.get(concern.committee or "")
    return (
        concern.reference,
        moment(here, concern.received_at),
        CHANNELS.get(concern.channel, concern.channel),
        concern.language or "",
        region_of(here, concern.commune),
        pack.areas[concern.commune].name if concern.commune else "",
        concern.place or "",
        category_label(pack, concern.category),
        KINDS.get(concern.kind or "", ""),
        urgency_label(concern),
        state_label(concern),
        _yes_no(concern.needs_review),
        _yes_no(concern.asked_at is not None),
        moment(here, concern.taken_up_at) if concern.taken_up_at else "",
        committee.name if committee else "",
        _yes_no(concern.satisfied),
    )


def _yes_no(answer: bool | None) -> str:
    return _(YES_NO[answer]) if answer is not None else ""


def region_of(here: Deployment, commune: str | None) -> str:
    """The name of the region of a commune; empty if the commune is unknown."""
    country = here.pack.country_area.code
    above = here.pack.ancestors(commune) if commune and commune in here.pack.areas else ()
    return next((area.name for area in above if area.parent == country), "")
