"""Spreadsheets as people save them: each raw file gives the same lines, or is refused with its line and its reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.defused_cells import harmless, restored
from config.spreadsheets import Fault, SpreadsheetError, read_spreadsheet
from config.spreadsheets.workbook import MOST_BESIDE, MOST_PARTS, MOST_ROWS, MOST_UNPACKED
from tests.support.workbooks import delimited, with_part, workbook

RIGHT = [{"comite": "Commune IV", "presidence": "Mme Traoré"}]


def lines(data: bytes) -> list[dict[str, str]]:
    return [line.cells for line in read_spreadsheet(data).lines]


@pytest.mark.parametrize(
    ("saved", "encoding"),
    [
        pytest.param("Comité;Présidence\r\nCommune IV;Mme Traoré\r\n", "cp1252", id="French Excel, CSV"),
        pytest.param("Comité;Présidence\r\nCommune IV;Mme Traoré\r\n", "utf-8-sig", id="French Excel, CSV UTF-8"),
        pytest.param("Comité\tPrésidence\r\nCommune IV\tMme Traoré\r\n", "utf-16", id="Excel, Unicode text"),
        pytest.param("Comité,Présidence\nCommune IV,Mme Traoré", "utf-8", id="LibreOffice, no last line end"),
        pytest.param("sep=;\r\nComité;Présidence\r\nCommune IV;Mme Traoré\r\n", "utf-8", id="separator line"),
        pytest.param("  COMITÉ ; PRESIDENCE \rCommune IV;Mme Traoré\r", "utf-8", id="capitals, old Mac line ends"),
        pytest.param(";;;\n;Comité;;Présidence;\n;;;;\n;Commune IV;;Mme Traoré;;\n;;;\n", "utf-8", id="empty ones"),
        pytest.param('"Comité";"Présidence"\n"Commune IV";" Mme Traoré "\n', "utf-8", id="all quoted"),
        pytest.param('"Comité";"Présidence, du comité"\nCommune IV;\n', "utf-8", id="a separator in quotes"),
        pytest.param("Comité;Présidence\nCommune IV;Mme Traore\u0301\n", "utf-8", id="letters and marks apart"),
        pytest.param("Comité;Présidence\nCommune IV;Mme\u2028Traoré\x07\n", "utf-8", id="a line separator, a bell"),
    ],
)
def test_a_csv_is_read_as_it_was_saved(saved: str, encoding: str) -> None:
    expected = [{"comite": "Commune IV", "presidence_du_comite": ""}] if "du comité" in saved else RIGHT
    assert lines(saved.encode(encoding)) == expected


def test_a_line_without_its_last_separators_has_empty_cells_as_excel_writes_them() -> None:
    assert lines(b"a;b;c\n1;2;3\n4\n") == [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "", "c": ""}]


def test_a_line_end_in_quotes_belongs_to_its_cell_and_the_next_line_keeps_its_number() -> None:
    sheet = read_spreadsheet(b'a;b\r\n"1\r\n2";x\r\n3;y\r\n')
    assert [(line.number, line.cells["a"]) for line in sheet.lines] == [(3, "1\n2"), (4, "3")]


def test_a_workbook_keeps_what_excel_has_typed() -> None:
    typed: list[list[Any]] = [
        [None, None, None],
        ["Comité", "Installé le", "Oui", "Nombre", "Numéro", "Heure", "Moitié", "Texte", "Zéros"],
        [None] * 9,
        ["Commune IV", datetime(2026, 11, 24), True, 50000, 22370000001, time(8, 0), 0.5, " 12 ", "0070"],
        ["Commune V", date(2026, 3, 5), False, 8.0, "+223 70 00 00 02", datetime(2026, 3, 5, 9), "", None, "007"],
    ]
    sheet = read_spreadsheet(workbook(typed))
    assert (sheet.head, sheet.titles[:2]) == (2, ("comite", "installe_le"))
    assert [(line.number, list(line.cells.values())) for line in sheet.lines] == [
        (4, ["Commune IV", "2026-11-24", "true", "50000", "22370000001", "08:00", "0.5", "12", "0070"]),
        (5, ["Commune V", "2026-03-05", "false", "8", "+223 70 00 00 02", "2026-03-05 09:00:00", "", "", "007"]),
    ]


def test_a_hidden_sheet_and_empty_ones_do_not_count() -> None:
    table = [["a"], ["1"]]
    assert lines(workbook([], table, [["b"], ["2"]], last_is_hidden=True)) == [{"a": "1"}]


TABLE = workbook([["comite"], ["Commune IV"]])
BOMB = b"<worksheet>" + b" " * MOST_UNPACKED + b"</worksheet>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
SHEET = "xl/worksheets/sheet1.xml"
STYLES = b"<styleSheet><fonts>" + b"<font/>" * (MOST_BESIDE // 7) + b"</fonts></styleSheet>"


@pytest.mark.parametrize(
    ("data", "line", "fault", "about"),
    [
        pytest.param(b'a;b\n"1;2\n', 2, Fault.NOT_CSV, "", id="a quote that does not close"),
        pytest.param(b"a;b\n1;2;3\n", 2, Fault.TOO_MANY_CELLS, "", id="a cell without a column"),
        pytest.param("Comité;x;COMITE\n".encode(), 1, Fault.TWO_COLUMNS, "comite", id="two columns"),
        pytest.param("é;b\nTraoré;x\n".encode("mac_roman"), 1, Fault.NOT_UTF8, "", id="an old Mac"),
        pytest.param("a;b\nTraoré;x\n".encode("cp850"), 2, Fault.NOT_UTF8, "", id="DOS"),
        pytest.param("Traoré\n".encode() + "Traoré\n".encode("cp1252"), 2, Fault.NOT_UTF8, "", id="two encodings"),
        pytest.param("a;b\n1;2\n".encode("utf-16-le"), 1, Fault.NOT_CSV, "", id="UTF-16 without its mark"),
        pytest.param(b"\xd0\xcf\x11\xe0 old", 1, Fault.OLD_EXCEL, "", id="XLS, or a password"),
        pytest.param(TABLE[:-200], 1, Fault.NOT_XLSX, "", id="a cut workbook"),
        pytest.param(with_part(TABLE, SHEET, b"<worksheet><sheetData><row"), 1, Fault.NOT_XLSX, "", id="broken XML"),
        pytest.param(with_part(TABLE, SHEET, ENTITIES), 1, Fault.NOT_XLSX, "", id="entities"),
        pytest.param(with_part(TABLE, SHEET, ENTITIES.decode().encode("utf-16")), 1, Fault.NOT_XLSX, "", id="UTF-16"),
        pytest.param(with_part(TABLE, SHEET, BOMB), 1, Fault.TOO_LARGE, "", id="a zip bomb"),
        pytest.param(with_part(TABLE, "xl/styles.xml", STYLES), 1, Fault.TOO_LARGE, "", id="endless styles"),
        pytest.param(with_part(TABLE, "xl/sheet.data", ENTITIES), 1, Fault.NOT_XLSX, "", id="entities elsewhere"),
        pytest.param(with_part(TABLE, SHEET, FAR), MOST_ROWS, Fault.TOO_MANY_LINES, "", id="a cell far away"),
        pytest.param(workbook([["a"], ["=1+1"]]), 2, Fault.FORMULA, "A2", id="a formula"),
        pytest.param(workbook([["a", "b"], ["x", "#N/A"]]), 2, Fault.CELL_ERROR, "B2", id="an error of Excel"),
        pytest.param(workbook([["a"], ["1"]], [["b"], ["2"]]), 1, Fault.SEVERAL_SHEETS, "", id="two filled sheets"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(data: bytes, line: int, fault: Fault, about: str) -> None:
    with pytest.raises(SpreadsheetError) as refused:
        lines(data)
    assert (refused.value.line, refused.value.fault, refused.value.about) == (line, fault, about)


def test_a_workbook_of_too_many_parts_is_refused() -> None:
    data = TABLE
    for number in range(3):
        data = with_part(data, f"xl/media/{number}.xml", b"<x/>")
    assert lines(data) == [{"comite": "Commune IV"}]
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as parts:
        for number in range(MOST_PARTS):
            parts.writestr(f"xl/more/{number}.xml", b"<x/>")
    with pytest.raises(SpreadsheetError) as refused:
        lines(out.getvalue())
    assert refused.value.fault is Fault.TOO_LARGE


CELLS = st.text(st.characters(codec="cp1252", exclude_categories=["C"]), max_size=12).map(str.strip)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6)


@given(
    table=TABLES, separator=st.sampled_from(",;\t"), line_end=st.sampled_from(["\n", "\r\n"]), quotes=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    blank=st.sampled_from(["", ";;;", "   "]),
)  # fmt: skip
def test_any_table_is_read_back_from_any_dialect(
    table: list[list[str]], separator: str, line_end: str, quotes: bool, encoding: str, blank: str
) -> None:
    text = delimited([["Un", "Deux", "Trois"], *table], separator, line_end, quotes)
    blank_line = blank.replace(";", separator) + line_end
    expected = [dict(zip(("un", "deux", "trois"), row, strict=True)) for row in table if any(row)]
    assert lines((blank_line + text + blank_line).encode(encoding)) == expected
    assert lines(workbook([["Un", "Deux", "Trois"], *[[f"'{cell}" for cell in row] for row in table]])) == [
        {name: f"'{cell}".strip() for name, cell in zip(("un", "deux", "trois"), row, strict=True)} for row in table
    ]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("+223", "'+223"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "\t'=1"),
        ("\r=1", "\r'=1"),
        ("＝1+1", "'＝1+1"),
        ("a,=cmd|' /C calc'!A0", "a,'=cmd|' /C calc'!A0"),
        ("a;\" =1", "a;\" '=1"),
        ("a\n=1", "a\n'=1"),
        ("Rue 14, porte 5", "Rue 14, porte 5"),
        ("nom@exemple.org", "nom@exemple.org"),
        ("Saint-Louis = Ndar", "Saint-Louis = Ndar"),
    ],
)  # fmt: skip
def test_no_cell_runs_as_a_formula(cell: str, written: str) -> None:
    assert (harmless(cell), restored(written)) == (written, cell)


@given(st.text(st.sampled_from("='+-@,;\t\n\r |\"a＝"), max_size=9))
def test_a_defused_cell_is_read_back_as_it_was(cell: str) -> None:
    assert restored(harmless(cell)) == cell
