"""The public figures as a page, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import threading
import time

from flask import Response, abort, jsonify, render_template, request

from gateway.documents.spreadsheets import csv_response
from gateway.public.charts import ALL_MONTHS, PublicPage, read_page
from gateway.public.pages import public
from gateway.runtime.current import deployment
from storage.concerns.public_figures import LEAST, Figure, public_figures

KEPT = 300.0
"""Seconds that figures are kept in memory. They change once a month, and everybody may ask for them."""
_lock = threading.Lock()
_kept: dict[str, tuple[float, list[Figure]]] = {}


def figures() -> list[Figure]:
    """The published figures, read from the database at most every five minutes."""
    here = deployment()
    key = here.settings.database_address
    with _lock:
        at, kept_figures = _kept.get(key, (0.0, []))
        if time.monotonic() - at < KEPT and at:
            return kept_figures
        with here.database.read() as transaction:
            kept_figures = public_figures(transaction, here.pack)
        _kept[key] = time.monotonic(), kept_figures
        return kept_figures


def _asked() -> PublicPage:
    return read_page(deployment().pack, figures(), request.args.get("month", ""))


@public.get("/figures")
def page() -> str:
    """The figures of one published month, or of all, as charts, maps and tables."""
    return render_template("public/figures.html", asked=_asked(), least=LEAST, all_months=ALL_MONTHS)


@public.get("/figures.csv")
def as_csv() -> Response:
    """All published cells as CSV with a header line; with `figure`, the table of one chart as French Excel opens it."""
    wanted = request.args.get("figure")
    if wanted is not None:
        asked = _asked()
        chosen = next((figure for figure in asked.figures if figure.name == wanted), None)
        if chosen is None:
            abort(404)
        return csv_response([chosen.columns, *chosen.rows], f"chiffres-{chosen.name}-{asked.month or 'tous'}")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("month", "commune_code", "commune", "category", "count"))
    areas = deployment().pack.areas
    for figure in figures():
        writer.writerow(
            (f"{figure.month:%Y-%m}", figure.commune, areas[figure.commune].name, figure.category, figure.count)
        )
    return Response(out.getvalue(), content_type="text/csv; charset=utf-8")


@public.get("/figures.json")
def as_json() -> Response:
    """The figures as JSON, with the rules by which they are rounded."""
    areas = deployment().pack.areas
    rows = [
        {
            "month": f"{figure.month:%Y-%m}",
            "commune_code": figure.commune,
            "commune": areas[figure.commune].name,
            "category": figure.category,
            "count": figure.count,
        }
        for figure in figures()
    ]
    return jsonify({"least": LEAST, "rounded_down_to": 5, "figures": rows})
