"""The dashboard: its figures over a small known set, what each may see of them, and their files."""

import csv
import io
import time
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.enumerations import ConcernState, MeetingState, MessageState, Role
from storage.figures.summing import sum_days
from storage.tables.audit import AuditLine
from storage.tables.committees import Meeting
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import Message
from tests.support.browsing import Desk, cells_of, sign_in
from tests.support.gateway import A_TUESDAY, Gateway
from tests.support.queries import asked_queries

COMMUNE_I, COMMUNE_IV, DISTRICT = "ml-bamako-commune-i", "ml-bamako-commune-iv", "ml-bamako"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def came(
    transaction: Transaction,
    number: int,
    commune: str,
    category: str,
    before: timedelta,
    rank: int = 1,
    looked: timedelta | None = None,
    closed: timedelta | None = None,
    satisfied: bool | None = None,
    set_aside: str | None = None,
    committee: str | None = None,
) -> None:
    """Keeps a concern that came some time before now, was looked at and closed so long after, and cost an SMS."""
    at = A_TUESDAY - before
    concern = Concern(
        reference=f"D{number}", source=bytes([number]), channel="sms", received_at=at, commune=commune,
        category=category, urgency_rank=rank, kind="concern", committee=committee or commune, satisfied=satisfied,
        taken_up_at=at + looked if looked else None, set_aside=set_aside,
        state=ConcernState.CLOSED if closed or set_aside else ConcernState.RECEIVED,
        answer_sealed=b"sealed" if closed else None,
    )  # fmt: skip
    transaction.add(concern)
    transaction.flush()
    if closed:
        transaction.add(ConcernEvent(concern_id=concern.id, at=at + closed, actor="someone", what="closed", detail={}))
    state = MessageState.FAILED if number == 2 else MessageState.DELIVERED
    transaction.add(
        Message(key=f"d{number}", concern_id=concern.id, committee=concern.committee, parts=1, price=20, currency="XOF",
                state=state, created_at=at, changed_at=at)
    )  # fmt: skip


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    with gateway.deployment.database.write() as transaction:
        came(transaction, 1, COMMUNE_IV, "theft", 2 * DAY, looked=10 * MINUTE, closed=120 * MINUTE, satisfied=True)
        came(transaction, 2, COMMUNE_IV, "theft", 9 * DAY, looked=30 * MINUTE, closed=600 * MINUTE, satisfied=False)
        came(transaction, 3, COMMUNE_IV, "disaster", DAY * 3, rank=0, looked=5 * MINUTE)
        came(transaction, 4, COMMUNE_I, "disaster", 60 * MINUTE, rank=0)
        came(transaction, 5, COMMUNE_I, "disaster", 5 * DAY, rank=0, looked=40 * MINUTE)
        came(transaction, 6, COMMUNE_IV, "misconduct", 3 * DAY, rank=2, committee=DISTRICT)
        came(transaction, 7, COMMUNE_IV, "theft", 3 * DAY, set_aside="spam")
        came(transaction, 8, COMMUNE_IV, "lighting", 120 * DAY, rank=2)
        for days, state in ((3, MeetingState.HELD), (9, MeetingState.PLANNED)):
            transaction.add(Meeting(committee=COMMUNE_IV, starts_at=A_TUESDAY - days * DAY, state=state))
    return desk_of(gateway, Role.ADMINISTRATOR)


def desk_of(gateway: Gateway, role: Role, area: str = "ml") -> Desk:
    email = f"{role}.{area}@example.org"
    gateway.administrator(email, role, area)
    return sign_in(gateway, email)


def figure(desk: Desk, name: str, query: str = "") -> list[list[str]]:
    """The rows of a figure's file without its titles."""
    answer = desk.http.get(f"/queue/dashboard.csv?figure={name}&{query}")
    assert answer.status_code == 200, answer.status_code
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))
    return rows[1:]


def numbers(desk: Desk, name: str, query: str = "") -> dict[str, str]:
    """The first number of each row by its label."""
    return {row[0]: row[1] for row in figure(desk, name, query)}


def test_the_figures_of_the_country_are_those_of_the_known_set(gateway: Gateway, desk: Desk) -> None:
    assert figure(desk, "summary") == [
        ["Messages reçus", "6", ""],
        ["Clos avec une réponse", "2", "33 %"],
        ["Encore ouverts", "4", "67 %"],
        ["Clos sans qu'une réponse soit due", "0", ""],
        ["Citoyens satisfaits de la réponse", "1", "50 %"],
        ["Citoyens non satisfaits", "1", "50 %"],
    ]
    assert numbers(desk, "emergencies") == {"vues en 15 minutes": "1", "vues plus tard": "1", "pas vues": "1"}
    assert figure(desk, "categories") == [
        ["Feu, inondation", "3", "50 %"],
        ["Vol, cambriolage", "2", "33 %"],
        ["Abus d'un agent", "1", "17 %"],
    ]
    assert [[cell.replace("\xa0", " ") for cell in row] for row in figure(desk, "delays")] == [
        ["Premier regard", "4", "10 minutes", "40 minutes"],
        ["Premier regard sur une urgence", "2", "5 minutes", "40 minutes"],
        ["Réponse", "2", "2 heures", "10 heures"],
    ]
    assert numbers(desk, "communes") == {"Commune IV (District de Bamako)": "4", "Commune I (District de Bamako)": "2"}


def test_a_week_begins_on_monday_and_the_period_bounds_what_came(desk: Desk) -> None:
    weeks = numbers(desk, "weeks", "since=2026-11-09&until=2026-11-24")
    assert weeks == {"09/11/2026": "1", "16/11/2026": "4", "23/11/2026": "1"}
    assert numbers(desk, "summary", "since=2026-11-16&until=2026-11-22")["Messages reçus"] == "4"
    assert numbers(desk, "summary", "period=half")["Messages reçus"] == "7"
    assert numbers(desk, "summary", "since=tomorrow&until=2026-11-22")["Messages reçus"] == "6"


def test_the_backlog_is_what_is_open_now_of_any_period(desk: Desk) -> None:
    assert figure(desk, "backlog", "period=month") == [
        ["moins d'un jour", "1", "1"],
        ["1 à 7 jours", "3", "2"],
        ["7 à 30 jours", "0", "0"],
        ["30 à 90 jours", "0", "0"],
        ["plus de 90 jours", "1", "0"],
    ]


def test_sms_and_meetings_are_counted(gateway: Gateway, desk: Desk) -> None:
    assert numbers(desk, "sms") == {"Remis": "6", "Échec": "1", "Part remise": "86 %", "Coût (XOF)": "120"}
    communal = next(row for row in figure(desk, "committees") if row[0].startswith("CCS de"))
    pack = gateway.deployment.pack
    level = [committee for committee in pack.committees.values() if committee.level == pack.levels[0].id]
    installed = sum(committee.installed for committee in level)
    assert communal[1:] == [str(len(level)), str(installed), "1", "1", "1", "0"]


@pytest.mark.parametrize(
    ("role", "area", "zone", "received"),
    [
        (Role.ADMINISTRATOR, COMMUNE_IV, "", "3"),
        (Role.SECRETARY, COMMUNE_IV, "", "3"),
        (Role.OBSERVER, COMMUNE_I, "", "2"),
        (Role.ADMINISTRATOR, "ml-kayes", "", "0"),
        (Role.ADMINISTRATOR, "ml-kayes", "area:ml-bamako", "0"),
        (Role.ADMINISTRATOR, COMMUNE_IV, "committee:ml-bamako-commune-i", "3"),
        (Role.ADMINISTRATOR, DISTRICT, "", "6"),
        (Role.COORDINATOR, DISTRICT, "", "5"),
        (Role.ADMINISTRATOR, DISTRICT, f"area:{COMMUNE_IV}", "3"),
        (Role.ADMINISTRATOR, "ml", "area:ml-bamako", "6"),
        (Role.ADMINISTRATOR, "ml", f"committee:{COMMUNE_IV}", "3"),
        (Role.ADMINISTRATOR, "ml", "nonsense", "6"),
    ],
)
def test_nobody_counts_what_they_may_not_see(
    gateway: Gateway, desk: Desk, role: Role, area: str, zone: str, received: str
) -> None:
    theirs = desk_of(gateway, role, area) if (role, area) != (Role.ADMINISTRATOR, "ml") else desk
    assert numbers(theirs, "summary", f"zone={zone}")["Messages reçus"] == received


@pytest.mark.parametrize(
    ("role", "area", "zone"),
    [
        (Role.ADMINISTRATOR, "ml", ""),
        (Role.COORDINATOR, "ml", ""),
        (Role.ADMINISTRATOR, "ml", "area:ml-bamako"),
        (Role.COORDINATOR, "ml", "area:ml-bamako"),
        (Role.ADMINISTRATOR, DISTRICT, ""),
        (Role.COORDINATOR, DISTRICT, ""),
        (Role.ADMINISTRATOR, "ml", f"committee:{COMMUNE_IV}"),
        (Role.ADMINISTRATOR, COMMUNE_IV, ""),
        (Role.SECRETARY, COMMUNE_IV, ""),
    ],
)
def test_every_figure_is_the_same_once_the_worker_has_summed_the_days(
    gateway: Gateway, desk: Desk, role: Role, area: str, zone: str
) -> None:
    theirs = desk if (role, area) == (Role.ADMINISTRATOR, "ml") else desk_of(gateway, role, area)
    query = f"period=half&zone={zone}"
    live = figure(theirs, "", query)
    here = gateway.deployment
    assert sum_days(here.database, here.layout, here.now(), time.monotonic() + 60) == 120
    with asked_queries(here.database) as asked:
        assert figure(theirs, "", query) == live
    is_summed = any("FROM concern_sums" in statement for statement in asked)
    assert is_summed == (area in ("ml", DISTRICT) and not zone.startswith("committee:"))
    with here.database.write() as transaction:
        came(transaction, 20, COMMUNE_I, "misconduct", 40 * DAY, looked=MINUTE, committee=DISTRICT)
        came(transaction, 21, COMMUNE_IV, "disaster", 20 * DAY, rank=0, closed=50 * MINUTE)
        transaction.get_one(Concern, 3).commune = COMMUNE_I
    changed = figure(theirs, "", query)
    assert changed != live
    sum_days(here.database, here.layout, here.now(), time.monotonic() + 60)
    assert figure(theirs, "", query) == changed


def test_misconduct_is_nowhere_on_the_page_of_a_commune_it_goes_past(gateway: Gateway, desk: Desk) -> None:
    assert "Abus d'un agent" in desk.get("/queue/dashboard")
    theirs = desk_of(gateway, Role.ADMINISTRATOR, COMMUNE_IV)
    page = theirs.get("/queue/dashboard")
    assert "Vol, cambriolage" in page
    assert "Abus d'un agent" not in page
    assert "Commune I (" not in page
    assert numbers(theirs, "sms") == {"Remis": "3", "Échec": "1", "Part remise": "75 %", "Coût (XOF)": "60"}


def test_the_map_has_a_tile_with_its_number_for_each_region_and_each_commune_of_bamako(
    gateway: Gateway, desk: Desk
) -> None:
    page = desk.get("/queue/dashboard")
    pack = gateway.deployment.pack
    assert all(f"{region.name} " in page for region in pack.children("ml"))
    for tile in ("District de Bamako 6,", "Kayes 0,", "Commune IV 4,", "Commune I 2,", "Commune VI 0"):
        assert tile in page, tile
    kayes = desk.get("/queue/dashboard?zone=area:ml-kayes")
    assert "Carte :" not in kayes


def test_a_file_of_figures_leaves_a_line_of_audit_and_an_unknown_one_is_not_there(gateway: Gateway, desk: Desk) -> None:
    figure(desk, "weeks", "zone=area:ml-bamako")
    assert desk.http.get("/queue/dashboard.csv?figure=nothing").status_code == 404
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine).where(AuditLine.what == "figures_exported")).all()
    assert [(line.actor, line.detail) for line in lines] == [
        ("administrator.ml@example.org", {"figure": "weeks", "form": "csv", "area": "ml-bamako"})
    ]
    assert "a exporté des chiffres" in desk_of(gateway, Role.AUDITOR).get("/queue/audit")


def test_the_page_asks_the_database_twelve_times_at_most(gateway: Gateway, desk: Desk) -> None:
    with asked_queries(gateway.deployment.database) as asked:
        desk.get("/queue/dashboard")
    assert 0 < len(asked) <= 12, "\n".join(asked)


def test_delays_by_week_belong_to_the_week_in_which_a_concern_came(desk: Desk) -> None:
    """9 to 24 November: each week has one chart column and one row, also a week without such a concern."""
    period = "since=2026-11-02&until=2026-11-24"
    looks = [
        [cell.replace("\xa0", " ").replace("\u202f", " ") for cell in row]
        for row in figure(desk, "first_look_weeks", period)
    ]
    assert looks == [
        ["02/11/2026", "0", "—", "—", "—", "—"],
        ["09/11/2026", "1", "30 minutes", "30 minutes", "30", "30"],
        ["16/11/2026", "3", "10 minutes", "40 minutes", "10", "40"],
        ["23/11/2026", "0", "—", "—", "—", "—"],
    ]
    emergencies = figure(desk, "emergency_weeks", period)
    assert [row[1] for row in emergencies] == ["0", "0", "2", "0"]
    assert [row[4:] for row in emergencies][2] == ["5", "40"]
    assert [row[4] for row in figure(desk, "answer_weeks", period)] == ["—", "600", "120", "—"]
    page = desk.get(f"/queue/dashboard?{period}")
    chart = page.split('id="first_look_weeks"')[1].split("</section>")[0]
    assert 'class="upper"' in chart
    assert ">40 min</text>" in chart
    nothing = desk.get("/queue/dashboard?since=2026-01-05&until=2026-01-11")
    assert "Rien dans cette période" in nothing.split('id="answer_weeks"')[1].split("</section>")[0]


def test_a_figure_as_an_excel_file_has_the_rows_of_its_csv(gateway: Gateway, desk: Desk) -> None:
    from_csv = figure(desk, "categories")
    rows = cells_of(desk.http.get("/queue/dashboard.xlsx?figure=categories").data)
    assert [list(row) for row in rows[1:]] == from_csv
    assert desk.http.get("/queue/dashboard.xlsx?figure=nothing").status_code == 404
    everything = cells_of(desk.http.get("/queue/dashboard.xlsx").data)
    assert "Messages par semaine" in {row[0] for row in everything}
    with gateway.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine).where(AuditLine.what == "figures_exported")).all()
    assert [line.detail["form"] for line in lines] == ["csv", "xlsx", "xlsx"]
