"""Files of spreadsheets, made in the tests: workbooks with typed cells, and CSV in any dialect."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook


def workbook(*sheets: Sequence[Sequence[Any]], last_is_hidden: bool = False) -> bytes:
    """An XLSX with a sheet for each table; cells keep their types."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    if last_is_hidden:
        book.worksheets[-1].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def delimited(
    rows: Sequence[Sequence[str]], separator: str = ";", line_end: str = "\r\n", quotes_all: bool = False
) -> str:
    """A CSV text."""
    out = io.StringIO()
    csv.writer(
        out, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    ).writerows(rows)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()
