"""The dashboard as a page, and each of its figures as CSV and XLSX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import g, render_template, request
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from config.pack import Area
from gateway.charts.figure import BARS, Bar, Figure
from gateway.charts.maps import full_name, maps_of
from gateway.charts.tiles import TileMap
from gateway.documents.spreadsheets import csv_response, xlsx_response
from gateway.queue.blueprint import queue
from gateway.queue.dashboard.committees import committees, sms
from gateway.queue.dashboard.concerns import UNKNOWN, backlog, count_weeks, summary, weeks
from gateway.queue.dashboard.delays import delays
from gateway.queue.dashboard.scope import PERIOD_LABELS, USUAL, Dashboard, read_dashboard
from gateway.queue.login import PageRefused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.figures.concerns import by_commune
from storage.figures.meetings import installed_committees
from storage.figures.summed_days import Shares
from storage.safety.audit import write_line


@queue.get("/dashboard")
@signed_in
def dashboard() -> str:
    """The figures of a zone and a period, as charts and tables."""
    asked, figures, maps = _read()
    return render_template(
        "queue/dashboard/dashboard.html", asked=asked, figures=figures, maps=maps, periods=PERIOD_LABELS, usual=USUAL
    )


@queue.get("/dashboard.csv")
@signed_in
def dashboard_csv() -> AnyResponse:
    """One figure as CSV, chosen by `figure`; without a name all figures, one below the other."""
    return csv_response(*_taken("csv"))


@queue.get("/dashboard.xlsx")
@signed_in
def dashboard_xlsx() -> AnyResponse:
    """The same as an Excel file."""
    rows, name = _taken("xlsx")
    return xlsx_response(rows, _("Chiffres"), name)


def _taken(form: str) -> tuple[list[Sequence[str]], str]:
    """The rows of the figure that is asked for, and the name of the file. Raises `PageRefused` for an unknown figure.

    Writes the line of audit that says who takes it.
    """
    here = deployment()
    asked, figures, _maps = _read()
    wanted = request.args.get("figure", "")
    chosen = [figure for figure in figures if not wanted or figure.name == wanted]
    if not chosen:
        raise PageRefused(_("Ce chiffre n'existe pas."))
    with here.database.write() as transaction:
        write_line(
            transaction, here.now(), g.administrator.email, "figures_exported", figure=wanted or "all", form=form,
            **asked.about,
        )  # fmt: skip
    rows: list[Sequence[str]] = []
    for figure in chosen:
        rows += [(figure.title, asked.zone, f"{asked.first:%d/%m/%Y}", f"{asked.last:%d/%m/%Y}")] if not wanted else []
        rows += [figure.columns, *figure.rows]
    return rows, f"tableau-{wanted or 'de-bord'}-{asked.last:%Y-%m-%d}"


def _read() -> tuple[Dashboard, list[Figure], list[TileMap]]:
    here = deployment()
    with here.database.read() as transaction:
        installed = installed_committees(transaction)
        asked = read_dashboard(here, installed)
        counted = count_weeks(here, transaction, asked)
        figures = [
            *summary(transaction, asked, counted),
            *delays(here, transaction, asked, counted),
            *weeks(here, asked, counted),
            *backlog(here, transaction, asked, counted),
            *sms(transaction, asked, counted.shares),
            *committees(here, transaction, asked, installed),
        ]
        communes, maps = _communes(here, transaction, asked, counted.shares)
    return asked, [*figures, communes], maps


def _communes(
    here: Deployment, transaction: Transaction, asked: Dashboard, shares: Shares
) -> tuple[Figure, list[TileMap]]:
    """Concerns by commune as a table, and the maps of which the person sees at least two areas."""
    pack, found = here.pack, by_commune(transaction, asked.scope, shares)
    ordered = Counter(found).most_common()
    names = {code: full_name(pack, code) if code else _(UNKNOWN) for code, count in ordered}
    figure = Figure(
        "communes",
        _("Messages par commune"),
        (_("Commune"), _("Messages")),
        [(names[code], str(count)) for code, count in ordered],
        [Bar(names[code], count, str(count)) for code, count in ordered[:BARS]],
        _("Les %(count)s premières ; le tableau les a toutes.", count=BARS) if len(ordered) > BARS else "",
    )
    seen = asked.scope.access.communes

    def count_in(area: Area) -> int | None:
        """The concerns of an area; None if the person sees none of its communes."""
        inside = [code for code in pack.communes_under(area.code) if seen is None or code in seen]
        return sum(found.get(code, 0) for code in inside) if inside or seen is None else None

    return figure, maps_of(pack, _("Régions"), count_in)
