"""A table that was read from a file: its headings and its lines, all cells as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from config.clean_text import plain_words


class Fault(StrEnum):
    """The mistakes of a file or a line that do not depend on what its columns mean."""

    NOT_CSV = "not_csv"
    NOT_UTF8 = "not_utf8"
    NOT_XLSX = "not_xlsx"
    OLD_EXCEL = "old_excel"
    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    SEVERAL_SHEETS = "several_sheets"
    FORMULA = "formula"
    CELL_ERROR = "cell_error"
    TOO_MANY_CELLS = "too_many_cells"
    TWO_COLUMNS = "two_columns"


class SpreadsheetError(Exception):
    """A line that cannot be read; `about` is its cell, or the column that stands twice."""

    def __init__(self, line: int, fault: Fault, about: str = "") -> None:
        super().__init__(f"line {line}: {fault}")
        self.line, self.fault, self.about = line, fault, about


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty: its number in the file, and its trimmed cells by the heading of their column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `titles` are headings as `heading` makes them; `lines` are read one by one, and raise
    `SpreadsheetError`."""

    titles: tuple[str, ...]
    head: int
    """The number of the line that the headings stand on."""
    lines: Iterator[Line]


def heading(text: str) -> str:
    """A column's heading without capitals, accents and signs: `Installé le` and `INSTALLE LE` are `installe_le`."""
    return plain_words(text).replace(" ", "_")


def sheet_of(rows: Iterator[tuple[int, list[str]]]) -> Sheet:
    """The table of rows that are not empty, each with its number. The first one holds the headings.

    Raises `SpreadsheetError` if a heading stands twice.
    """
    head, row = next(rows, (1, []))
    titles = [heading(title) for title in row]
    twice = next((title for title, count in Counter(titles).items() if title and count > 1), None)
    if twice:
        raise SpreadsheetError(head, Fault.TWO_COLUMNS, twice)
    return Sheet(tuple(title for title in titles if title), head, _lines(rows, titles))


def _lines(rows: Iterator[tuple[int, list[str]]], titles: Sequence[str]) -> Iterator[Line]:
    for number, row in rows:
        if any(cell for at, cell in enumerate(row) if at >= len(titles) or not titles[at]):
            raise SpreadsheetError(number, Fault.TOO_MANY_CELLS)
        # Excel writes no separators behind the last cells of a line if they are empty in sixteen lines together:
        # https://support.microsoft.com/kb/77295
        cells = row + [""] * (len(titles) - len(row))
        yield Line(number, {title: cell for title, cell in zip(titles, cells, strict=False) if title})
