"""Reads a CSV as spreadsheets save it: the French Excel's `;`, tabs, a BOM, a `sep=` line, empty rows and columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from config.clean_text import clean_text
from config.spreadsheets.sheet import Fault, Sheet, SpreadsheetError, sheet_of

SEPARATORS = ",;\t"
_SEPARATOR_LINE = re.compile(r"\"?sep=([^\"\n])\"?[,;\t]*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))
_UTF8_LETTER = re.compile(rb"[\xc3-\xc5\xc9\xcb][\x80-\xbf]")
"""An accented letter of French or Bambara in UTF-8."""
_OF_ANOTHER_CODE_PAGE = frozenset("‚ƒ„†‡ˆ‰Š‹Ž˜™š›ž")
"""Signs that no French text has. Read as Windows-1252, the accents of old Macs and of DOS become these."""


def decode_file(data: bytes) -> str:
    """The text of UTF-8 with or without its mark, of UTF-16 with it, or of Windows-1252, as French Excel saves `CSV`.

    Raises `SpreadsheetError` for any other encoding, and for two encodings in one file: a guess would damage names.
    """
    encoding = next(name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = _windows_1252(data, data[: error.start].count(b"\n") + 1)
    if "\0" in text:
        raise SpreadsheetError(1, Fault.NOT_CSV)
    return text


def _windows_1252(data: bytes, line: int) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise SpreadsheetError(line, Fault.NOT_UTF8) from None
    if _UTF8_LETTER.search(data) or not _OF_ANOTHER_CODE_PAGE.isdisjoint(text):
        raise SpreadsheetError(line, Fault.NOT_UTF8)
    return text


def read_csv(text: str) -> Sheet:
    """Reads a CSV; its first line that is not empty holds the headings. Raises `SpreadsheetError`."""
    lines = clean_text(text).split("\n")
    at = next((at for at, line in enumerate(lines) if line.strip(' ,;\t"')), 0)
    separator = ""
    if match := _SEPARATOR_LINE.fullmatch(lines[at].strip(" ")):
        separator, at = match[1], at + 1
    lines = lines[at:]
    first = _QUOTED.sub("", lines[0]) if lines else ""
    return sheet_of(_rows(lines, separator or max(SEPARATORS, key=first.count), at))


def _rows(lines: list[str], separator: str, before: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line on which it ends."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    while True:
        begins_on = before + reader.line_num + 1  # a quote that does not close shows only at the end of the file
        try:
            row = next(reader, None)
        except csv.Error:
            raise SpreadsheetError(begins_on, Fault.NOT_CSV) from None
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield before + reader.line_num, cells
