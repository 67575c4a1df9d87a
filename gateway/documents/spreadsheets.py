"""Tables as files for spreadsheets: CSV as French Excel opens it, and XLSX. No cell runs as a formula."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import IO

from flask import Response, request

from config.clean_text import clean_text
from config.defused_cells import harmless
from gateway.translations.texts import in_this_language

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as an older code page."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 1 << 16
"""Bytes of a file that are sent at a time."""


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
    lines = in_this_language(csv_lines(rows, separator))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def write_xlsx(rows: Iterable[Sequence[str]], title: str, out: IO[bytes]) -> None:
    """Writes the rows as a workbook with one sheet, one row at a time. Every cell is text."""
    # Imported when it is asked for, as the drawing libraries are: it would stay in the memory of every web process.
    book = import_module("openpyxl").Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([harmless(clean_text(cell)) for cell in row])
    book.save(out)


def xlsx_response(rows: Iterable[Sequence[str]], title: str, name: str) -> Response:
    """A workbook. It is written to a temporary file row by row, then sent from there."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_xlsx(rows, title, file)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    response = Response(_chunks(file), content_type=XLSX, headers=headers)
    response.call_on_close(file.close)
    return response


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
