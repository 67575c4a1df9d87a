"""Tables as files for a spreadsheet: CSV as French Excel opens it, and no cell that it takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, request

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula (OWASP, "CSV Injection")."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as an older code page."""


def harmless(cell: str) -> str:
    """The same words as text, whatever they begin with."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def csv_lines(rows: Iterable[Sequence[str]], separator: str) -> Iterator[str]:
    """The lines of a CSV one by one, in UTF-8 with its mark; the first row holds the titles."""
    yield BYTE_ORDER_MARK
    for row in rows:
        written = io.StringIO()
        csv.writer(written, delimiter=separator, lineterminator="\r\n").writerow([harmless(cell) for cell in row])
        yield written.getvalue()


def csv_response(rows: Iterable[Sequence[str]], name: str) -> Response:
    """A CSV that is written while it is read; `separator=,` in the address takes the place of French Excel's `;`."""
    separator = "," if request.args.get("separator") == "," else ";"
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_lines(rows, separator), content_type="text/csv; charset=utf-8", headers=headers)
