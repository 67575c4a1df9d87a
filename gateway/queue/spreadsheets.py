"""Tables as files for spreadsheets: CSV as French Excel opens it, without cells that would run as formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, request, stream_with_context

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a cell that spreadsheets read as a formula (OWASP, "CSV Injection")."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as an older code page."""


def harmless(cell: str) -> str:
    """The cell as text: with an apostrophe before it if a spreadsheet would read it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def csv_lines(rows: Iterable[Sequence[str]], separator: str) -> Iterator[str]:
    """The lines of a CSV one by one, after a byte order mark. The first row holds the titles."""
    yield BYTE_ORDER_MARK
    for row in rows:
        written = io.StringIO()
        csv.writer(written, delimiter=separator, lineterminator="\r\n").writerow([harmless(cell) for cell in row])
        yield written.getvalue()


def csv_response(rows: Iterable[Sequence[str]], name: str) -> Response:
    """A CSV that is sent while its rows are read. `separator=,` in the address replaces French Excel's `;`."""
    separator = "," if request.args.get("separator") == "," else ";"
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(
        stream_with_context(csv_lines(rows, separator)), content_type="text/csv; charset=utf-8", headers=headers
    )
