"""Reads a CSV as spreadsheets save it: the French Excel's `;`, tabs, a BOM, a `sep=` line, empty rows and columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from config.clean_text import clean_text

SEPARATORS = ",;\t"
_SEPARATOR_LINE = re.compile(r"\"?sep=([^\"\n])\"?[,;\t]*", re.IGNORECASE)
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))


class Fault(StrEnum):
    """What can be wrong with a line, before anybody looks at what it says."""

    NOT_CSV = "not_csv"
    NOT_UTF8 = "not_utf8"
    TOO_FEW_CELLS = "too_few_cells"
    TOO_MANY_CELLS = "too_many_cells"
    TWO_COLUMNS = "two_columns"


class SpreadsheetError(Exception):
    """A line that cannot be read; `about` is the column that stands twice."""

    def __init__(self, line: int, fault: Fault, about: str = "") -> None:
        super().__init__(f"line {line}: {fault}")
        self.line, self.fault, self.about = line, fault, about


@dataclass(frozen=True, slots=True)
class Line:
    """A row that says something: its number in the file, and its trimmed cells by the column's name."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`titles` are in small letters; `lines` are read one by one and raise `SpreadsheetError`."""

    titles: tuple[str, ...]
    head: int
    """The number of the line that the titles stand on."""
    lines: Iterator[Line]


def decode_file(data: bytes) -> str:
    """UTF-8 with or without its mark, or UTF-16 with it, as `Unicode text` is saved. Raises `SpreadsheetError`."""
    encoding = next(name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark))
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SpreadsheetError(data[: error.start].count(b"\n") + 1, Fault.NOT_UTF8) from None


def read_sheet(text: str) -> Sheet:
    """Reads a CSV; its first row that is not empty names the columns. Raises `SpreadsheetError`."""
    lines = clean_text(text).split("\n")
    at = next((at for at, line in enumerate(lines) if line.strip(" ,;\t")), 0)
    separator = ""
    if match := _SEPARATOR_LINE.fullmatch(lines[at].strip(" ")):
        separator, at = match[1], at + 1
    lines = lines[at:]
    separator = separator or max(SEPARATORS, key=lines[0].count if lines else len)
    rows = _rows(lines, separator, at)
    head, titles = next(rows, (1, []))
    named = [title.casefold() for title in titles]
    for title in named:
        if title and named.count(title) > 1:
            raise SpreadsheetError(head, Fault.TWO_COLUMNS, title)
    return Sheet(tuple(title for title in named if title), head, _lines(rows, named))


def _rows(lines: list[str], separator: str, before: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something, each with the number of the line it ends on."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            raise SpreadsheetError(before + reader.line_num, Fault.NOT_CSV) from None
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield before + reader.line_num, cells


def _lines(rows: Iterator[tuple[int, list[str]]], titles: list[str]) -> Iterator[Line]:
    for number, cells in rows:
        untitled = [cell for at, cell in enumerate(cells) if at >= len(titles) or not titles[at]]
        if any(untitled):
            raise SpreadsheetError(number, Fault.TOO_MANY_CELLS)
        if len(cells) < max((at + 1 for at, title in enumerate(titles) if title), default=0):
            raise SpreadsheetError(number, Fault.TOO_FEW_CELLS)
        yield Line(number, {title: cell for title, cell in zip(titles, cells, strict=False) if title})
