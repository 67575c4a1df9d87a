"""The auditor's page: French words for every act, filters, and an export that a spreadsheet takes for no formula."""

import ast
import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.queue.people.audit_words import ABOUT, WHAT, what_in_words
from storage.enumerations import Role
from storage.safety.audit import write_line
from storage.tables.audit import AuditLine
from tests.support.browsing import Desk, cells_of, sign_in
from tests.support.gateway import Gateway
from tests.support.servers import ROOT

COMMUNE_IV = "ml-bamako-commune-iv"


@pytest.fixture
def auditor(gateway: Gateway) -> Desk:
    """Somebody who finds two acts of a day ago and one of today."""
    gateway.administrator("auditor@example.org", Role.AUDITOR)
    for actor, what, detail in (
        ("iv@example.org", "committee_close", {"committee": COMMUNE_IV, "moved": 3}),
        ("secretary 12", "pin_wrong", {"channel": "sms"}),
        ("=cmd@example.org", "administrator_changed", {"account": "a@example.org", "role": "observer", "area": "ml"}),
    ):
        with gateway.deployment.database.write() as transaction:
            write_line(transaction, gateway.clock(), actor, what, **detail)
        gateway.clock.forward(hours=12)
    return sign_in(gateway, "auditor@example.org")


def test_lines_are_told_in_french_with_names_for_codes(auditor: Desk) -> None:
    page = auditor.get("/queue/audit")
    for words in ("a fermé un comité", "comité CCS de Commune IV, déplacées 3", "secrétaire n° 12", "code secret faux",
                  "rôle observateur", "zone Mali"):  # fmt: skip
        assert words in page, words
    assert "committee_close" not in page.partition("<table>")[2]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("?who=IV@", ["a fermé un comité"]),
        ("?what=pin_wrong", ["code secret faux"]),
        ("?until=2026-11-24", ["a fermé un comité", "code secret faux"]),
        ("?since=2026-11-25&what=administrator_changed", ["a changé un rôle ou une zone"]),
        ("?who=%25", []),
        ("?since=nonsense&before=99999999999999999999&who=cmd", ["a changé un rôle ou une zone"]),
    ],
)
def test_filters_narrow_the_page_and_its_export(auditor: Desk, address: str, shown: list[str]) -> None:
    table = auditor.get(f"/queue/audit{address}").partition("<tbody>")[2]
    assert [
        words for words in ("a fermé un comité", "code secret faux", "a changé un rôle ou une zone") if words in table
    ] == shown
    exported = read(auditor.http.get(f"/queue/audit.csv{address}").data)
    assert [row["quoi"] for row in exported] == shown


def read(data: bytes, separator: str = ";") -> list[dict[str, str]]:
    assert data.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator))


def test_the_export_as_an_excel_file_has_the_lines_of_the_csv(gateway: Gateway, auditor: Desk) -> None:
    rows = read(auditor.http.get("/queue/audit.csv?who=example.org").data)
    head, *lines = cells_of(auditor.http.get("/queue/audit.xlsx?who=example.org").data)
    shown = [dict(zip(head, [cell or "" for cell in line], strict=True)) for line in lines]
    assert shown[: len(rows)] == rows
    with gateway.deployment.database.read() as transaction:
        exports = transaction.scalars(select(AuditLine.detail).where(AuditLine.what == "audit_exported")).all()
    assert [detail["form"] for detail in exports] == ["csv", "xlsx"]


def test_the_export_holds_no_formula_and_is_itself_a_line(gateway: Gateway, auditor: Desk) -> None:
    rows = read(auditor.http.get("/queue/audit.csv?separator=,").data, ",")
    assert [row["qui"] for row in rows][:3] == ["iv@example.org", "secrétaire n° 12", "'=cmd@example.org"]
    assert rows[0]["quand"] == "24/11/2026 10:00:00"
    with gateway.deployment.database.read() as transaction:
        last = transaction.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert last
    assert (last.actor, last.what) == ("auditor@example.org", "audit_exported")


def test_pages_go_back_line_by_line(gateway: Gateway, auditor: Desk) -> None:
    with gateway.deployment.database.write() as transaction:
        for number in range(150):
            write_line(transaction, gateway.clock(), "many@example.org", "concern_seen", reference=f"CCS-{number}")
    page = auditor.get("/queue/audit?who=many")
    assert page.count("a lu une préoccupation</td>") == 100
    older = page.partition('class="pages"><a href="')[2].partition('"')[0]
    assert "who=many" in older
    assert auditor.get(older).count("a lu une préoccupation</td>") == 50


def literal_acts() -> set[str]:
    """The codes that the code writes as they stand, wherever it writes a line of audit."""
    acts = set()
    for file in [*Path(ROOT / "gateway").rglob("*.py"), *Path(ROOT / "storage").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "write_line" and len(node.args) > 3:
                if isinstance(node.args[3], ast.Constant):
                    acts.add(str(node.args[3].value))
                if isinstance(node.args[3], ast.JoinedStr):
                    start = node.args[3].values[0]
                    assert isinstance(start, ast.Constant)
                    assert str(start.value).rstrip("_") in {*ABOUT, "pin"}, file
    return acts


def test_every_act_has_french_words() -> None:
    acts = literal_acts()
    assert len(acts) > 20
    assert {act for act in acts if act not in WHAT} == set()
    assert what_in_words("concern_to_come") == "Préoccupation : to come"
