"""Reads an XLSX: the values that stand in its only filled sheet, as text. No formula is computed, no link followed."""

from __future__ import annotations

import io
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from importlib import import_module
from typing import Any

from config.clean_text import clean_text
from config.spreadsheets.sheet import Fault, Sheet, SpreadsheetError, sheet_of

MOST_UNPACKED = 8 * 1024 * 1024
"""Bytes of all parts of a workbook together. A registry of 1,000 committees has about 1.5 million."""
MOST_BESIDE = 1024 * 1024
"""Bytes of the styles, names and relations of a workbook. openpyxl makes an object of each of their elements, which
takes it twenty times as long as a cell."""
CELLS_AND_PICTURES = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/media/")
MOST_PARTS = 200
MOST_ROWS = 20_000
"""Rows, empty ones included: Excel writes rows that only have a format, up to the last of a sheet."""
MOST_CELLS = 1_000_000
DECLARES = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le")[:-1])
"""The declaration of entities, in UTF-8 and in UTF-16 of both orders. Workbooks have none."""
EXACT = 10**15
"""Excel keeps fifteen digits of a number."""
_one_at_a_time = threading.Lock()
"""A workbook at the limits takes some 100 MB while it is read; several at once would take the server's memory."""


def read_workbook(data: bytes) -> Sheet:
    """Reads an XLSX. Raises `SpreadsheetError`, also while the lines are read."""
    _check_parts(data)
    with _one_at_a_time:
        return _read(data)


def _read(data: bytes) -> Sheet:
    # Imported when a workbook comes: it would stay in the memory of every web process.
    openpyxl = import_module("openpyxl")
    try:
        # ReadOnlyWorksheet reads row by row; keep_links=False leaves other workbooks alone.
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        shown = [list(_rows(sheet)) for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except SpreadsheetError:
        raise
    except Exception:  # noqa: BLE001 - the file is broken somewhere; openpyxl lets any error through
        raise SpreadsheetError(1, Fault.NOT_XLSX) from None
    tables = [rows for rows in shown if rows]
    if len(tables) > 1:
        raise SpreadsheetError(1, Fault.SEVERAL_SHEETS)
    return sheet_of(iter(tables[0] if tables else ()))


def _check_parts(data: bytes) -> None:
    """Refuses what unpacks to too much, and XML that declares entities. Raises `SpreadsheetError`.

    `zipfile` never unpacks more of a part than its directory says, so the sizes there can be relied on.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            known = parts.infolist()
            beside = [part for part in known if not part.filename.startswith(CELLS_AND_PICTURES)]
            if len(known) > MOST_PARTS or _size(known) > MOST_UNPACKED or _size(beside) > MOST_BESIDE:
                raise SpreadsheetError(1, Fault.TOO_LARGE)
            if "xl/workbook.xml" not in parts.namelist():
                raise SpreadsheetError(1, Fault.NOT_XLSX)
            # Every part, because a workbook may give its sheets any name.
            if any(sign in content for content in map(parts.read, known) for sign in DECLARES):
                raise SpreadsheetError(1, Fault.NOT_XLSX)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        raise SpreadsheetError(1, Fault.NOT_XLSX) from None


def _size(parts: Iterable[zipfile.ZipInfo]) -> int:
    return sum(part.file_size for part in parts)


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its number."""
    sheet.reset_dimensions()  # what the file says of its size need not be true
    width = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        width += len(row)
        if number > MOST_ROWS or width > MOST_CELLS:
            raise SpreadsheetError(MOST_ROWS, Fault.TOO_MANY_LINES)
        cells = [_text_of(cell, number) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text_of(cell: Any, row: int) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise SpreadsheetError(row, Fault.FORMULA, cell.coordinate)
    if cell.data_type == "e":
        raise SpreadsheetError(row, Fault.CELL_ERROR, cell.coordinate)
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case float() if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        case _:
            return clean_text(str(value)).strip()
