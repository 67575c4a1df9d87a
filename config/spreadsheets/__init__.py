"""Reads tables as spreadsheets save them: CSV of any kind, and XLSX. Every file that people import goes through it."""

from config.spreadsheets.reader import read_spreadsheet
from config.spreadsheets.sheet import Fault, Line, Sheet, SpreadsheetError, heading

__all__ = ["Fault", "Line", "Sheet", "SpreadsheetError", "heading", "read_spreadsheet"]
