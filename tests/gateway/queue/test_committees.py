"""The registry: installed and closed, settings, its share and its map, who may see it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.committees.committees import load_registry
from storage.enumerations import ConcernState, Role
from storage.tables.committees import AgendaItem, Committee
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import committee, told
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"


@pytest.fixture
def country(gateway: Gateway) -> Desk:
    gateway.administrator("pays@example.org")
    return sign_in(gateway, "pays@example.org")


def test_the_share_installed_is_a_figure_by_region_and_a_map(gateway: Gateway, country: Desk) -> None:
    page = country.get("/queue/committees")
    expected = len(gateway.deployment.pack.communes)
    with gateway.deployment.database.read() as transaction:
        communal = select(Committee.area).where(Committee.installed, Committee.level == "communal")
        areas = [gateway.deployment.pack.areas[area] for area in transaction.scalars(communal)]
    assert f"{len(areas)} comités communaux installés sur {expected} attendus" in page
    assert '>District de Bamako</a></td><td data-label="Installés">6</td>' in page
    assert page.count('class="installed" cx=') == sum(area.at is not None for area in areas) > 5
    assert page.count('class="expected" cx=') > 500
    assert "style=" not in page


def test_expected_committees_are_listed_region_by_region_so_that_the_page_stays_light(country: Desk) -> None:
    page, kayes = country.get("/queue/committees"), country.get("/queue/committees?region=ml-kayes")
    assert f'href="/queue/committees/{COMMUNE_IV}"' in page
    assert 'href="/queue/committees/ml-kayes-kayes-kayes"' not in page
    assert 'href="/queue/committees/ml-kayes-kayes-kayes"' in kayes
    assert f'href="/queue/committees/{COMMUNE_IV}"' not in kayes
    unknown = country.get("/queue/committees?region=atlantis")
    # Beside the form's token, which tells its second.
    assert re.sub(r'value="[^"]+"', "", unknown) == re.sub(r'value="[^"]+"', "", page)


def test_installing_moves_down_what_is_open_and_closing_moves_it_up(gateway: Gateway, country: Desk) -> None:
    item = told(gateway, "on a volé ma moto à Kalabancoro")
    with gateway.deployment.database.read() as transaction:
        code = transaction.scalars(select(Concern.commune)).one()
        above = transaction.get_one(AgendaItem, item).committee
    assert code
    assert above == "ml-koulikoro"
    path = f"/queue/committees/{code}"
    country.send(f"/queue/items/{item}", "agenda")
    assert "AAAA-MM-JJ" in country.send(path, "install", on="hier", meets="")
    assert "Règle de réunion non comprise" in country.send(path, "install", on="2026-11-24", meets="every blue moon")
    assert "Règle de réunion non comprise" in country.send(path, "install", on="2026-11-24", meets="every 31st")
    assert "1 préoccupation ouverte descend" in country.send(path, "install", on="2026-11-24", meets="every friday")
    with gateway.deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern)).one()
        assert (concern.committee, concern.state) == (code, ConcernState.ON_AGENDA)
    assert "1 préoccupation ouverte remonte" in country.send(path, "close", sure="1")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Concern.committee)).one() == "ml-koulikoro"
        assert transaction.scalars(select(AgendaItem.state).where(AgendaItem.is_open)).all() == ["on_agenda"]
    assert committee(gateway, code).installed is False


def test_a_committee_closed_by_hand_stays_closed_when_the_pack_is_loaded_again(gateway: Gateway, country: Desk) -> None:
    country.send(f"/queue/committees/{COMMUNE_IV}", "close", sure="1")
    with gateway.deployment.database.write() as transaction:
        load_registry(transaction, gateway.deployment.pack)
    assert committee(gateway).installed is False
    country.send(f"/queue/committees/{COMMUNE_IV}", "install", on="2026-11-24", meets="")
    assert committee(gateway).installed is True


def test_settings_of_a_committee(gateway: Gateway, country: Desk) -> None:
    path = f"/queue/committees/{COMMUNE_IV}"
    good = {"chair": "Le maire", "meets": "every 2nd thursday 09:00", "time_zone": "Africa/Bamako", "language": "bm",
            "digest_weekday": "friday", "digest_hour": "7", "quiet_from": "20", "quiet_until": "7",
            "monthly_budget": "50000", "silent_when_quiet": "1"}  # fmt: skip
    assert "Enregistré." in country.send(path, "change", **good)
    kept = committee(gateway)
    assert (kept.chair, kept.language, kept.digest_hour, kept.monthly_budget) == ("Le maire", "bm", 7, 50000)
    assert kept.silent_when_quiet
    assert "Rien n'a changé." in country.send(path, "change", **good)
    for name, wrong, says in (
        ("meets", "every 32nd", "Règle de réunion non comprise"),
        ("time_zone", "Mars/Base", "fuseau horaire"),
        ("time_zone", "../../etc/passwd", "fuseau horaire"),
        ("language", "tlh", "la langue est l'une de"),
        ("digest_weekday", "demain", "le jour est l'un de : lundi, mardi"),
        ("digest_hour", "24", "de 0 à 23"),
        ("monthly_budget", "-1", "de 0 à"),
    ):
        assert says in country.send(path, "change", **(good | {name: wrong}))
    assert committee(gateway).meets == "every 2nd thursday 09:00"


def test_a_new_rule_moves_the_meetings_to_come(gateway: Gateway, country: Desk) -> None:
    item = told(gateway)
    country.send(f"/queue/committees/{COMMUNE_IV}", "change", meets="every friday 10:00")
    page = country.get(f"/queue/items/{item}")
    assert "27/11/2026 10:00" in page


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_nobody_sees_or_does_more_than_their_area_and_role_allow(gateway: Gateway, role: Role, tmp_path: Path) -> None:
    item = told(gateway)
    sensitive = told(gateway, "un groupe armé est passé à Lafiabougou", "+22370001004")
    gateway.administrator("kayes@example.org", role, "ml-kayes")
    gateway.administrator("iv@example.org", role, COMMUNE_IV)
    elsewhere, insider = sign_in(gateway, "kayes@example.org"), sign_in(gateway, "iv@example.org")
    with gateway.deployment.database.read() as transaction:
        meeting = transaction.get_one(AgendaItem, item).meeting_id
    committee_path, item_path = f"/queue/committees/{COMMUNE_IV}", f"/queue/items/{item}"
    meeting_path = f"{committee_path}/meetings/{meeting}"
    for path in (
        committee_path,
        item_path,
        meeting_path,
        f"{meeting_path}/ordre-du-jour.pdf",
        f"{meeting_path}/reunion.ics",
    ):
        assert elsewhere.http.get(path).status_code == 404, path
        assert insider.http.get(path).status_code == 200, path
    assert COMMUNE_IV not in elsewhere.get("/queue/committees")
    sees = role is Role.ADMINISTRATOR
    assert insider.http.get(f"/queue/items/{sensitive}").status_code == (200 if sees else 404)
    assert ("Groupe armé" in insider.get(committee_path)) is sees
    assert insider.http.get("/queue/broadcasts").status_code == (200 if sees else 403)
    token = insider.http.get("/queue/").text.split('name="csrf_token" value="')[1].split('"')[0]
    for path in (
        f"{committee_path}/change",
        f"{committee_path}/close",
        f"{item_path}/decide",
        f"{meeting_path}/cancel",
    ):
        there = elsewhere.http.get("/queue/").text.split('name="csrf_token" value="')[1].split('"')[0]
        assert elsewhere.http.post(path, data={"csrf_token": there}).status_code in (403, 404)
        if role is Role.OBSERVER:
            assert insider.http.post(path, data={"csrf_token": token}).status_code == 403
    if role is Role.COORDINATOR:
        assert insider.http.post(f"{committee_path}/change", data={"csrf_token": token}).status_code == 403
        assert (
            "Réservé aux administrateurs"
            in insider.http.post(
                f"{item_path}/score",
                data={"csrf_token": token, "version": str(_version(gateway, item)), "score": "1", "reason": "x"},
                follow_redirects=True,
            ).text
        )


def _version(gateway: Gateway, item: int) -> int:
    with gateway.deployment.database.read() as transaction:
        return transaction.get_one(AgendaItem, item).version
