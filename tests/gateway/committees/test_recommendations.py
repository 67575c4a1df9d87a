"""The way of a recommendation from a citizen's commune to the national council, and of the answer back to the phone."""

import pytest
from sqlalchemy import select

from gateway.outbound.citizen_notifications import send_due_notifications
from gateway.outbound.secretary_notifications import send_reminders
from storage.enumerations import ItemState, Role
from storage.tables.committees import AgendaItem, Recommendation
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
CITIZEN, SECRETARY, DISTRICT = "+22370001001", "+22370009001", "+22370009002"
ASKED = "Éclairer la route de Lafiabougou."
REPLY = "Vingt lampadaires seront posés en mars."


@pytest.fixture
def reference(gateway: Gateway) -> str:
    """A concern of a citizen of Commune IV, on its committee's agenda."""
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.secretary("ml-bamako", DISTRICT)
    for email, area in (
        ("iv@example.org", COMMUNE_IV),
        ("district@example.org", "ml-bamako"),
        ("pays@example.org", "ml"),
    ):
        gateway.administrator(email, Role.ADMINISTRATOR, area)
    gateway.phone(CITIZEN).write("aucun lampadaire ne marche à Lafiabougou, on se fait agresser")
    gateway.work()
    return concern(gateway).reference


def concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id)).one()


def item(gateway: Gateway, last: bool = False) -> AgendaItem:
    order = AgendaItem.id.desc() if last else AgendaItem.id
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(AgendaItem).order_by(order)).first()  # type: ignore[return-value]


def recommendation(gateway: Gateway) -> Recommendation:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Recommendation)).one()


def days_later(gateway: Gateway, days: float) -> None:
    gateway.clock.forward(days=days)
    send_due_notifications(gateway.deployment)
    send_reminders(gateway.deployment)
    gateway.work()


def follows(gateway: Gateway, reference: str) -> str:
    """What the menu tells the citizen about the report."""
    phone = gateway.phone(CITIZEN)
    phone.dial()
    if "Bamanankan" in phone.screen:
        phone.type("1")
    return phone.type("2", reference)


def test_from_a_citizens_phone_to_the_national_council_and_back(gateway: Gateway, reference: str) -> None:
    commune, district, country = (sign_in(gateway, f"{who}@example.org") for who in ("iv", "district", "pays"))
    path = f"/queue/items/{item(gateway).id}"
    assert "À l'ordre du jour, 1 message." in commune.send(path, "agenda")
    days_later(gateway, 0.1)
    assert gateway.inbox(CITIZEN)[-1] == f"CCS {reference} : votre message est à l'ordre du jour du 03/12."

    assert "Recommandation R-2026-001 transmise" in commune.send(path, "recommend", said=ASKED)
    gateway.work()
    assert gateway.inbox(DISTRICT)[-1].startswith("CCS : recommandation R-2026-001 de CCS de Commune IV, à traiter")
    days_later(gateway, 8)
    assert gateway.inbox(CITIZEN)[-1] == f"CCS {reference} : transmis. Comité régional doit répondre."
    assert "transmis : Comité régional" in follows(gateway, reference)

    page = "/queue/recommendations/R-2026-001"
    assert ASKED in district.get(page)
    assert "Acceptée" in district.send(page, "accept")
    assert "Transmise au niveau au-dessus." in district.send(page, "pass_on", said="Hors de nos moyens.")
    gateway.work()
    assert gateway.inbox(SECRETARY)[-1] == "CCS : recommandation R-2026-001 transmise à CRSS."
    assert district.http.post(page + "/answer", data={"said": REPLY}).status_code == 400  # no token, and not theirs
    days_later(gateway, 8)
    assert "transmis : CRSS" in follows(gateway, reference)
    assert "Transmise" in country.send(page, "pass_on")
    assert recommendation(gateway).holder == "cnrss"
    assert "Aucun niveau au-dessus" not in country.get(page)
    assert "Répondu." in country.send(page, "answer", said=REPLY)

    days_later(gateway, 8)
    assert gateway.inbox(CITIZEN)[-1].startswith(f"CCS {reference} : {REPLY} Satisfait ?")
    assert gateway.inbox(SECRETARY)[-1] == f"CCS : recommandation R-2026-001, réponse de CNRSS : {REPLY}"
    assert gateway.inbox(DISTRICT)[-1] == f"CCS : recommandation R-2026-001, réponse de CNRSS : {REPLY}"
    assert f"{reference} : clos. {REPLY}" in follows(gateway, reference)
    gateway.phone(CITIZEN).write("1")
    gateway.work()
    assert gateway.inbox(CITIZEN)[-1] == "CCS : merci, votre avis est noté."
    assert concern(gateway).satisfied is True
    assert "100 % (1 oui, 0 non)" in commune.get(f"/queue/committees/{concern(gateway).committee}")
    way = [line.split(" : ")[0] for line in country.get(page).split("</time> ")[1:]]
    assert way == ["CCS de Commune IV", "CCS régional", "CCS régional", "CRSS", "CNRSS"]


def test_declined_with_a_reason_the_committee_has_it_again(gateway: Gateway, reference: str) -> None:
    commune, district = (sign_in(gateway, f"{who}@example.org") for who in ("iv", "district"))
    first = item(gateway).id
    commune.send(f"/queue/items/{first}", "agenda")
    commune.send(f"/queue/items/{first}", "recommend", said=ASKED)
    page = "/queue/recommendations/R-2026-001"
    assert "Écrivez la réponse" in district.send(page, "decline", said=" ")
    assert "Déclinée." in district.send(page, "decline", said="La commune a son propre budget.")
    again = item(gateway, last=True)
    assert (again.id != first, again.state, again.committee) == (True, ItemState.DISCUSSED, COMMUNE_IV)
    days_later(gateway, 1)
    assert gateway.inbox(SECRETARY)[-1].startswith("CCS : recommandation R-2026-001 non retenue par CCS régional")
    assert f"{reference} : discuté. La commune a son propre budget." in follows(gateway, reference)
    assert "Décidé." in commune.send(f"/queue/items/{again.id}", "decide", said="La mairie pose dix lampadaires.")


def test_what_a_level_owes_too_long_is_said_once_and_seen(gateway: Gateway, reference: str) -> None:
    commune = sign_in(gateway, "iv@example.org")
    commune.send(f"/queue/items/{item(gateway).id}", "recommend", said=ASKED)
    days_later(gateway, 29)
    assert not any("attend votre réponse" in text for text in gateway.inbox(DISTRICT))
    for _ in range(3):
        days_later(gateway, 2)
    late = [text for text in gateway.inbox(DISTRICT) if "attend votre réponse" in text]
    assert late == ["CCS : recommandation R-2026-001 attend votre réponse depuis le 24/11."]
    assert "en retard" in sign_in(gateway, "district@example.org").get("/queue/recommendations?waiting=1")


def test_two_who_answer_at_once_and_a_level_that_is_not_theirs(gateway: Gateway, reference: str) -> None:
    commune, district = (sign_in(gateway, f"{who}@example.org") for who in ("iv", "district"))
    other_desk: Desk = sign_in(gateway, "district@example.org")
    commune.send(f"/queue/items/{item(gateway).id}", "recommend", said=ASKED)
    page = "/queue/recommendations/R-2026-001"
    assert "/answer" not in commune.get(page)  # they made it, the district holds it
    seen = other_desk.http.get(page).text
    district.send(page, "answer", said=REPLY)
    version, token = (seen.split(f'name="{name}" value="')[1].split('"')[0] for name in ("version", "csrf_token"))
    form = {"version": version, "csrf_token": token, "said": "Autre chose."}
    second_page = other_desk.http.post(f"{page}/answer", data=form, follow_redirects=True).text
    assert "Déjà traitée par quelqu" in second_page
    assert len([text for text in gateway.inbox(CITIZEN) if REPLY in text]) == 0
    gateway.work()
    assert len([text for text in gateway.inbox(CITIZEN) if REPLY in text]) == 1


def test_a_number_or_nothing_is_no_recommendation(gateway: Gateway, reference: str) -> None:
    commune = sign_in(gateway, "iv@example.org")
    path = f"/queue/items/{item(gateway).id}"
    assert "Écrivez la recommandation" in commune.send(path, "recommend", said="  ")
    assert "numéro de téléphone" in commune.send(path, "recommend", said="Appeler le 76 00 12 34.")
    assert item(gateway).state is ItemState.PROPOSED
