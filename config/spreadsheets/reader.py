"""Chooses the reader of a file by its first bytes, whatever its name is."""

from __future__ import annotations

from config.spreadsheets.csv_text import decode_file, read_csv
from config.spreadsheets.sheet import Fault, Sheet, SpreadsheetError
from config.spreadsheets.workbook import read_workbook

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""The first bytes of an XLSX, and of an XLS or of an XLSX with a password."""


def read_spreadsheet(data: bytes) -> Sheet:
    """Reads a CSV or an XLSX. Raises `SpreadsheetError`, also while the lines are read."""
    if data.startswith(OLE):
        raise SpreadsheetError(1, Fault.OLD_EXCEL)
    return read_workbook(data) if data.startswith(ZIP) else read_csv(decode_file(data))
