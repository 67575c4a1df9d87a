"""The list of concerns as files: what the filters show and may be seen, and no words of anybody."""

import csv
import io
import re
import zipfile

import pytest
from sqlalchemy import select

from storage.enumerations import Role
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, cells_of, sign_in
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
MISCONDUCT = "un policier demande de l'argent à Lafiabougou"
TEXTS = (
    "on a volé ma moto à Lafiabougou hier, appelez le 76 00 12 34",
    "aucun lampadaire ne marche à Banconi",
    "au secours incendie au marché de Banconi maintenant",
)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator("pays@example.org")
    for number, text in enumerate(TEXTS):
        gateway.clock.forward(minutes=1)
        gateway.phone(f"+2237000100{number}").write(text)
        gateway.work()
    return sign_in(gateway, "pays@example.org")


def rows_of_csv(desk: Desk, query: str = "", separator: str = ";") -> list[dict[str, str]]:
    answer = desk.http.get(f"/queue/concerns.csv?{query}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def rows_of_xlsx(desk: Desk, query: str = "") -> list[dict[str, str]]:
    titles, *rows = cells_of(desk.http.get(f"/queue/concerns.xlsx?{query}").data)
    return [{str(title): str(cell or "") for title, cell in zip(titles, row, strict=True)} for row in rows]


def test_both_files_hold_what_the_filter_showed(desk: Desk) -> None:
    everything = rows_of_csv(desk)
    assert [(row["commune"], row["catégorie"], row["urgence"]) for row in everything] == [
        ("Commune I", "Feu, inondation", "Urgence"),
        ("Commune I", "Lieu sans lumière", "Courant"),
        ("Commune IV", "Vol, cambriolage", "Prioritaire"),
    ]
    assert everything[0]["région"] == "District de Bamako"
    assert everything[2]["reçu"] == "24/11/2026 10:01"
    assert rows_of_xlsx(desk) == everything
    fires = rows_of_csv(desk, "commune=banconi&urgency=emergency")
    assert fires == everything[:1] == rows_of_xlsx(desk, "commune=banconi&urgency=emergency")
    assert rows_of_csv(desk, "words=LAMPADAIRE") == everything[1:2]
    assert rows_of_csv(desk, "separator=,", ",") == everything


def test_the_list_leads_to_the_files_of_its_own_filter(desk: Desk) -> None:
    page = desk.get("/queue/concerns?urgency=emergency")
    assert "/queue/concerns.csv?urgency=emergency" in page
    assert "/queue/concerns.xlsx?urgency=emergency" in page


def test_no_words_and_no_number_leave_in_a_file(desk: Desk) -> None:
    files = desk.http.get("/queue/concerns.csv").text + str(rows_of_xlsx(desk))
    for secret in ("moto", "lampadaire", "secours", "76 00", "70001001", "pays@example.org"):
        assert secret not in files, secret


def test_a_cell_that_begins_like_a_formula_is_text(gateway: Gateway, desk: Desk) -> None:
    with gateway.deployment.database.read() as transaction:
        reference = transaction.scalars(select(Concern.reference).order_by(Concern.id)).first()
    desk.send(
        f"/queue/concerns/{reference}", "correct", commune="Commune IV", category="theft", place="=HYPERLINK chez nous"
    )
    assert {row["lieu"] for row in rows_of_csv(desk, "commune=lafiabougou")} == {"'=HYPERLINK chez nous"}
    assert {row["lieu"] for row in rows_of_xlsx(desk, "commune=lafiabougou")} == {"'=HYPERLINK chez nous"}


ATTACKS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(\"http://x\";\"y\")", "Lassa,=cmd|' /C calc'!A0", "Lassa;=1+1",
    "Lassa;\" =1+1", "＝1+1", "'=1+1",
)  # fmt: skip
"""Places that somebody might type so that a spreadsheet computes (OWASP, "CSV Injection")."""


def test_no_cell_of_a_file_begins_a_formula_whatever_separator_reads_it(gateway: Gateway, desk: Desk) -> None:
    for place in ATTACKS:
        with gateway.deployment.database.write() as transaction:
            transaction.scalars(select(Concern).order_by(Concern.id)).first().place = place  # type: ignore[union-attr]
        _check_files(desk, place)


def _check_files(desk: Desk, place: str) -> None:
    for separator in ",;":
        text = desk.http.get(f"/queue/concerns.csv?separator={separator}").data.decode("utf-8-sig")
        for read_by in ",;\t|":
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=read_by):
                assert not [cell for cell in row if re.match(r"[\s\"]*[=+\-@＝]", cell)], (place, separator, read_by)
    book = desk.http.get("/queue/concerns.xlsx").data
    assert not [cell for row in cells_of(book) for cell in row if str(cell or "").startswith(tuple("=+-@＝"))]
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_each_export_leaves_a_line_of_audit(gateway: Gateway, desk: Desk) -> None:
    rows_of_csv(desk, "category=theft&words=moto")
    rows_of_xlsx(desk)
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(
            select(AuditLine).where(AuditLine.what == "concerns_exported").order_by(AuditLine.id)
        ).all()
    assert [(line.actor, line.detail["form"], line.detail["category"], line.detail["searched"]) for line in lines] == [
        ("pays@example.org", "csv", "theft", True),
        ("pays@example.org", "xlsx", None, False),
    ]
    assert all("moto" not in str(line.detail) for line in lines)


def test_what_goes_past_a_committee_is_in_no_file_of_its_commune(gateway: Gateway, desk: Desk) -> None:
    gateway.phone("+22370001009").write(MISCONDUCT)
    gateway.work()
    assert "Abus d'un agent" in {row["catégorie"] for row in rows_of_csv(desk)}
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    theirs = sign_in(gateway, "iv@example.org")
    for rows in (rows_of_csv(theirs), rows_of_xlsx(theirs), rows_of_csv(theirs, "words=a")):
        assert [(row["commune"], row["catégorie"]) for row in rows] == [("Commune IV", "Vol, cambriolage")]
