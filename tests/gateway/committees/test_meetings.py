"""Meetings: who hears of a change, what is asked about, what papers say."""

import io
import re

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from gateway.outbound.citizen_notifications import send_due_notifications
from storage.enumerations import Role
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import CITIZEN, SECRETARY, item, told
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
COMMITTEE = f"/queue/committees/{COMMUNE_IV}"
LAMPS = "aucun lampadaire ne marche à Lafiabougou"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    return sign_in(gateway, "iv@example.org")


def later(gateway: Gateway, **by: float) -> None:
    gateway.clock.forward(**by)
    send_due_notifications(gateway.deployment)
    gateway.work()


def on_agenda(gateway: Gateway, desk: Desk) -> str:
    """An item whose citizen was told the date; the path of its meeting."""
    id = told(gateway, LAMPS)
    desk.send(f"/queue/items/{id}", "agenda")
    later(gateway, hours=2)
    assert gateway.inbox(CITIZEN)[-1].endswith("03/12.")
    return f"{COMMITTEE}/meetings/{item(gateway, id).meeting_id}"


def pdf_of(desk: Desk, path: str) -> str:
    answer = desk.http.get(path)
    assert answer.status_code == 200, answer.text[:200]
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).split())


def test_moving_and_cancelling_tell_the_secretaries_and_the_citizens_who_knew_the_date(
    gateway: Gateway, desk: Desk
) -> None:
    path = on_agenda(gateway, desk)
    assert "Réunion déplacée." in desk.send(path, "move", to="2026-12-10T15:30")
    later(gateway, hours=2)
    assert "réunion déplacée du 03/12 09:00 au 10/12 15:30 (CCS de Commune IV)" in gateway.inbox(SECRETARY)[-1]
    assert gateway.inbox(CITIZEN)[-1].endswith("10/12.")
    desk.send(path, "cancel")
    later(gateway, hours=2)
    assert "réunion du 10/12 15:30 annulée" in gateway.inbox(SECRETARY)[-1]
    assert "Prochaine réunion : 07/01 09:00." in gateway.inbox(SECRETARY)[-1]
    assert gateway.inbox(CITIZEN)[-1].endswith("07/01.")


def test_a_secretary_who_moves_it_by_phone_is_answered_once_and_the_others_are_told(
    gateway: Gateway, desk: Desk
) -> None:
    gateway.secretary(COMMUNE_IV, "+22370009002")
    on_agenda(gateway, desk)
    gateway.first_pin(SECRETARY)
    for text in ("PIN 4711", "REUNION 10/12 10:00"):
        gateway.phone(SECRETARY).write(text)
        gateway.work()
    assert sum("10/12" in text for text in gateway.inbox(SECRETARY)) == 1
    assert "déplacée du 03/12 09:00 au 10/12 10:00" in gateway.inbox("+22370009002")[-1]


@pytest.mark.parametrize("odd", ["2026-12-10T03:00", "2062-12-10T09:00"])
def test_odd_hours_and_years_are_asked_about(gateway: Gateway, desk: Desk, odd: str) -> None:
    path = on_agenda(gateway, desk)
    asked = desk.send(path, "move", to=odd)
    assert "est-ce bien cela ?" in asked
    assert f'name="to" value="{odd}"' in asked
    assert "Réunion du 03/12/2026" in desk.get(path)
    assert "Réunion déplacée." in desk.send(path, "move", to=odd, sure="1")


def pressed(desk: Desk, page: str, button: str, path: str) -> TestResponse:
    """Presses a button of a confirmation page; returns the answer."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    name = re.search(rf'<button[^>]*name="(\w+)" value="1">{button}</button>', page)
    assert name
    return desk.http.post(path, data=fields | {name[1]: "1"}, follow_redirects=True)


def test_whoever_turns_back_finds_the_form_as_it_was_typed(gateway: Gateway, desk: Desk) -> None:
    path, odd = on_agenda(gateway, desk), "2026-12-10T03:00"
    asked = desk.send(path, "move", to=odd)
    answer = pressed(desk, asked, "Ne rien changer", f"{path}/move")
    assert answer.status_code == 200
    assert re.search(rf'<input[^>]*name="to"[^>]*value="{odd}"', answer.text)
    assert "Réunion du 03/12/2026" in desk.get(path)
    # Nothing is done either if by now nobody would be asked.
    pressed(desk, asked.replace(odd, "2026-12-10T09:00"), "Ne rien changer", f"{path}/move")
    assert "Réunion du 03/12/2026" in desk.get(path)
    assert "Réunion déplacée." in pressed(desk, asked, "Oui, déplacer", f"{path}/move").text


def test_whoever_turns_back_from_closing_a_committee_leaves_it_open(gateway: Gateway, desk: Desk) -> None:
    gateway.administrator("pays@example.org")
    country = sign_in(gateway, "pays@example.org")
    asked = country.send(COMMITTEE, "close")
    answer = pressed(country, asked, "Ne rien changer", f"{COMMITTEE}/close")
    assert (answer.status_code, "Fermé." in answer.text) == (200, False)
    assert "Fermé." in pressed(country, asked, "Fermer", f"{COMMITTEE}/close").text


def test_a_new_rule_leaves_a_date_set_by_hand_and_says_so(gateway: Gateway, desk: Desk) -> None:
    path = on_agenda(gateway, desk)
    desk.send(path, "move", to="2026-12-08T09:00")
    page = desk.send(COMMITTEE, "change", meets="every friday 10:00")
    assert "Fixée à la main, reste à sa date : 8/12/2026." in page
    assert "Réunion du 08/12/2026 à 09:00" in desk.get(path)


def test_a_new_rule_that_moves_a_meeting_is_told_like_any_move(gateway: Gateway, desk: Desk) -> None:
    on_agenda(gateway, desk)
    desk.send(COMMITTEE, "change", meets="every friday 10:00")
    later(gateway, hours=2)
    assert "déplacée du 03/12 09:00 au 27/11 10:00" in gateway.inbox(SECRETARY)[-1]
    assert gateway.inbox(CITIZEN)[-1].endswith("27/11.")


def test_the_calendar_has_all_meetings_and_those_that_a_rule_will_bring(gateway: Gateway, desk: Desk) -> None:
    path = on_agenda(gateway, desk)
    desk.send(path, "move", to="2026-12-10T15:30")
    page = desk.get("/queue/meetings?month=2026-12")
    assert "Réunions : décembre 2026" in page
    assert f'href="{path}"' in page
    assert "15:30" in page
    january = desk.get("/queue/meetings?month=2027-01")
    assert "Selon la règle" in january
    assert f'href="{COMMITTEE}"' in january
    assert "Commune I<" not in january  # not of this administrator's area
    assert "décembre 2026" in desk.get("/queue/meetings?month=2026-12")
    for odd in ("2026-13", "x", "9999-99"):
        assert "novembre 2026" in desk.get(f"/queue/meetings?month={odd}")
    gateway.administrator("pays@example.org")
    everywhere = sign_in(gateway, "pays@example.org").get("/queue/meetings?month=2026-12")
    assert "CCS de Commune I<" in everywhere


def test_minutes_before_a_meeting_was_held_are_a_draft_and_of_a_cancelled_one_there_are_none(
    gateway: Gateway, desk: Desk
) -> None:
    path = on_agenda(gateway, desk)
    draft = pdf_of(desk, f"{path}/proces-verbal.pdf")
    assert "PROJET DE PROCÈS-VERBAL" in draft
    assert "ne fait pas foi" in draft
    desk.send(path, "cancel")
    refused = desk.http.get(f"{path}/proces-verbal.pdf")
    assert refused.status_code == 409
    assert "annulée" in refused.text


def test_minutes_have_venue_chair_apologies_answers_and_recommendations_with_their_text(
    gateway: Gateway, desk: Desk
) -> None:
    lamps, theft = told(gateway, LAMPS), told(gateway, "on a volé ma moto à Lafiabougou hier", "+22370001004")
    noise = told(gateway, "trop de bruit la nuit au bar de Hamdallaye", "+22370001005")
    path = f"{COMMITTEE}/meetings/{item(gateway, lamps).meeting_id}"
    desk.send(COMMITTEE, "change", chair="Le maire", venue="Mairie de la Commune IV")
    desk.send(f"/queue/items/{lamps}", "recommend", said="Poser vingt lampadaires sur la route de Lassa.")
    desk.send(f"/queue/items/{theft}", "close", said="Une patrouille passe chaque soir.")
    desk.send(f"/queue/items/{noise}", "postpone")
    order = pdf_of(desk, f"{path}/ordre-du-jour.pdf")
    assert "Lieu : Mairie de la Commune IV" in order
    assert "Bruit" not in order
    gateway.clock.forward(days=9)
    desk = sign_in(gateway, "iv@example.org")
    desk.send(path, "venue", venue="Lycée de Lafiabougou")
    desk.send(
        path, "held", chaired_by="La première adjointe", present="La première adjointe\nLe commissaire",
        excused="L'imam\nLa présidente des femmes",
    )  # fmt: skip
    record = pdf_of(desk, f"{path}/proces-verbal.pdf")
    for line in (
        "PROCÈS-VERBAL DE RÉUNION N° 001/2026",
        "Lieu : Lycée de Lafiabougou",
        "Présidence : La première adjointe",
        "Étaient excusés L'imam La présidente des femmes",
        "Poser vingt lampadaires sur la route de Lassa.",
        "Clos, réponse donnée. Une patrouille passe chaque soir.",
    ):
        assert line in record, record
    assert "PROJET" not in record
    assert "moins de" not in record


def test_a_referral_makes_a_letter_to_the_service_and_takes_its_reply(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway, LAMPS)
    path = f"/queue/items/{id}"
    assert desk.http.get(f"{path}/lettre.pdf").status_code == 404
    desk.send(path, "describe", title="", summary="La rue du lycée est sans lumière depuis un mois.")
    assert "Enregistré." in desk.send(
        f"{COMMITTEE}/services", "services", addressee="Commissariat du 5e arrondissement",
        address="Avenue Cheick Zayed", phone="20 22 10 10",
    )  # fmt: skip
    desk.send(path, "refer", to="police", until="2026-12-15")
    letter = pdf_of(desk, f"{path}/lettre.pdf")
    for line in (
        "LETTRE DE TRANSMISSION",
        "Commissariat du 5e arrondissement",
        "Avenue Cheick Zayed",
        "Lieu sans lumière, Lafiabougou, Commune IV",
        "La rue du lycée est sans lumière depuis un mois.",
        "avant le 15 décembre 2026",
    ):
        assert line in letter, letter
    assert not re.search(r"CCS-\w{4}|7000", letter)
    page = desk.send(path, "reply", said="Deux agents sont affectés à ce secteur.")
    assert "Deux agents sont affectés à ce secteur." in page
    assert item(gateway, id).state.value == "referred"
