"""Open311 GeoReport v2, read only: each public figure is one service request of its commune and month.

https://wiki.open311.org/GeoReport_v2/ — `services` and `requests`, as JSON and as XML. Nothing here is about one
citizen: a request stands for the five or more people who reported in its cell. Its status is always `open`: it says
what was reported, and nothing of what followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, jsonify, request

from config.outside import read_number
from gateway.public.figures import figures
from gateway.public.pages import public
from gateway.runtime.current import deployment
from storage.concerns.public_figures import Figure

STATUS = "open"
MOST = 1000
"""Requests in one answer, as the standard says."""
_LOST_PLUS = re.compile(r"([T ]\d\S+) (\d\d(:?\d\d)?)$")
Rows = Sequence[Mapping[str, Any]]


class Open311Error(Exception):
    """A request that cannot be answered: status 400, or 404 if something is unknown."""

    def __init__(self, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status


@public.get("/open311/v2/services.<form>")
def services(form: str) -> Response:
    """The categories that are not sensitive, as services. `form` is `json` or `xml`."""
    here = deployment()
    rows = [
        {
            "service_code": category.id,
            "service_name": here.pack.first_language.categories[category.id],
            "description": "Préoccupations de sécurité signalées par les citoyens, par commune et par mois",
            "metadata": "false",
            "type": "batch",
            "keywords": "",
            "group": "sécurité",
        }
        for category in here.pack.categories.values()
        if not category.sensitive
    ]
    return _answer(form, "services", "service", rows)


@public.get("/open311/v2/requests.<form>")
def requests(form: str) -> Response:
    """The public figures as service requests, filtered by the arguments of the standard."""
    try:
        rows = [_request(figure) for figure in _asked(figures())]
    except Open311Error as error:
        return _error(form, error)
    return _answer(form, "service_requests", "request", rows)


@public.get("/open311/v2/requests/<id>.<form>")
def one_request(id: str, form: str) -> Response:
    """One service request; an error 404 if its id is unknown."""
    matching = [figure for figure in figures() if figure.id == id]
    if not matching:
        return _error(form, Open311Error("service_request_id is not known", 404))
    return _answer(form, "service_requests", "request", [_request(matching[0])])


def _asked(rows: list[Figure]) -> list[Figure]:
    """The figures that the arguments select: ids, service codes, a span of dates, the state, a page.

    Raises `Open311Error`.
    """
    ids = _list("service_request_id")
    if ids:
        return [row for row in rows if row.id in ids]
    codes, states = _list("service_code"), {state.lower() for state in _list("status")}
    if states - {"open", "closed"}:
        raise Open311Error("status is open, closed or both")
    start, end = _moment("start_date"), _moment("end_date")
    asked = [
        row
        for row in rows
        if (not codes or row.category in codes)
        and (not states or STATUS in states)
        and (start is None or _begin(row) >= start)
        and (end is None or _begin(row) <= end)
    ]
    page = read_number(request.args.get("page", "1"), 10**6)
    if not page:
        raise Open311Error("page is a whole number from 1")
    return asked[(page - 1) * MOST : page * MOST]


def _list(name: str) -> set[str]:
    return {value.strip() for value in request.args.get(name, "").split(",") if value.strip()}


def _moment(name: str) -> datetime | None:
    """A time in UTC, also if it has no zone. A plus that was not encoded arrives as a blank, and is put back."""
    typed = _LOST_PLUS.sub(r"\1+\2", request.args.get(name, "").strip())
    try:
        moment = datetime.fromisoformat(typed) if typed else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Open311Error(f"{name} is a W3C date such as 2026-11-01T00:00:00Z") from None


def _begin(figure: Figure) -> datetime:
    """The first moment of the figure's month."""
    return datetime(figure.month.year, figure.month.month, 1, tzinfo=UTC)


def _request(figure: Figure) -> dict[str, Any]:
    here = deployment()
    area = here.pack.areas[figure.commune]
    lat, lon = area.at or (None, None)
    at = _begin(figure).isoformat().replace("+00:00", "Z")
    return {
        "service_request_id": figure.id,
        "status": STATUS,
        "status_notes": "Nombre de personnes qui l'ont signalé ; leur suite n'est pas publiée",
        "service_name": here.pack.first_language.categories[figure.category],
        "service_code": figure.category,
        "description": f"{figure.count} personnes ou plus en {figure.month:%m/%Y}",
        "requested_datetime": at,
        "updated_datetime": at,
        "address": area.name,
        "lat": lat,
        "long": lon,
    }


def _answer(form: str, root: str, name: str, rows: Rows) -> Response:
    if form == "json":
        return jsonify(list(rows))
    if form != "xml":
        return Response("404 Not Found\n", 404, content_type="text/plain")
    top = Element(root)
    for row in rows:
        each = SubElement(top, name)
        for key, value in row.items():
            SubElement(each, key).text = "" if value is None else str(value)
    return Response(tostring(top, encoding="utf-8", xml_declaration=True), content_type="text/xml; charset=utf-8")


def _error(form: str, error: Open311Error) -> Response:
    answer = _answer(form, "errors", "error", [{"code": str(error.status), "description": str(error)}])
    answer.status_code = error.status if form in ("json", "xml") else 404
    return answer
