"""Secretaries by page: listed without their numbers, added, replaced, removed, and with an account of their own."""

import re

import pytest
from sqlalchemy import select

from gateway.outbound.digests import send_due_digests
from storage.tables.committees import Pin
from storage.tables.concerns import Concern
from storage.tables.people import Contact
from tests.support.accounts import NEW, audited, is_in, join, link_in
from tests.support.browsing import Desk, sign_in
from tests.support.commands import Run, rows
from tests.support.gateway import Gateway
from tests.support.phones import reference_in
from tests.support.queue_pages import ADMIN

COMMUNE_IV, DISTRICT = "ml-bamako-commune-iv", "ml-bamako"
SECRETARY, REPLACED = "+22370009041", "+22370009052"
PAGE = f"/queue/people/secretaries/{COMMUNE_IV}"
EMAIL = "secretary@example.org"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.first_pin(SECRETARY)
    return sign_in(gateway, ADMIN)


def act(desk: Desk, page: str, act: str, **fields: str) -> str:
    """Fills in the first form of a secretary on the page."""
    return desk.send(page, rf"\d+/{act}", **fields)


def test_they_are_listed_by_committee_with_no_number(gateway: Gateway, desk: Desk, run: Run) -> None:
    assert "CCS de Commune IV" in desk.get("/queue/people")
    page = desk.get(PAGE)
    assert "Numéro qui finit par 41" in page
    assert "choisi" in page
    for text in (page, run("people", "list").stdout, run("people", "list", "--json").stdout):
        assert "70009041" not in re.sub(r"\W", "", text)
    listed = rows(run("people", "list", "--json"))
    assert [(row["role"], row["area"], row["state"]) for row in listed][-1] == (
        "secretary (phone)",
        COMMUNE_IV,
        "active",
    )


def test_one_is_added_by_page_with_an_invitation_to_hand_over(gateway: Gateway, desk: Desk) -> None:
    assert "Ce n'est pas un numéro" in desk.send(PAGE, "add", number="nobody")
    assert "Aucun SMS ne part vers ce pays" in desk.send(PAGE, "add", number="+33612345678")
    page = desk.send(PAGE, "add", number="70 00 90 52")
    invitation = re.search(r"PIN ([0-9A-Z]{4}-[0-9A-Z]{4}) 1234", page)
    assert invitation
    gateway.phone(REPLACED).write(f"PIN {invitation[1]} 8642")
    gateway.work()
    assert gateway.inbox(REPLACED)[0].startswith("CCS : code enregistré")
    assert "Numéro qui finit par 52" in desk.get(PAGE)


def test_whoever_is_removed_hears_and_does_nothing_more_at_once(gateway: Gateway, desk: Desk) -> None:
    gateway.phone("+22370001001").write("on a volé ma moto à Lafiabougou hier")
    gateway.work()
    reference = reference_in(gateway.inbox("+22370001001")[0])
    phone = gateway.phone(SECRETARY)
    phone.dial()
    phone.type("1", "4711")
    gateway.phone(SECRETARY).write("PIN 4711")
    gateway.work()
    heard = len(gateway.inbox(SECRETARY))
    assert "retiré" in act(desk, PAGE, "remove")
    assert "ordre du jour" not in phone.type("1").lower()
    gateway.phone("+22370001001").write("il y a des coups de feu maintenant à Lafiabougou, au secours")
    gateway.clock.forward(days=7)
    send_due_digests(gateway.deployment)
    gateway.work()
    assert gateway.inbox(SECRETARY)[heard:] == []
    gateway.phone(SECRETARY).write(f"OK {reference}")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Concern.state).order_by(Concern.id)).first() == "received"
        assert transaction.scalars(select(Pin)).all() == []
    assert (ADMIN, "secretary_removed") in audited(gateway)


def test_another_takes_the_place_and_gets_what_comes(gateway: Gateway, desk: Desk) -> None:
    page = act(desk, PAGE, "replace", number="+22370009052")
    assert "Invitation à remettre" in page
    page = desk.get(PAGE)
    assert "finit par 52" in page
    assert "finit par 41" not in page
    gateway.phone("+22370001001").write("il y a des coups de feu maintenant à Lafiabougou, au secours")
    gateway.work()
    assert gateway.inbox(SECRETARY) == []
    assert [text for text in gateway.inbox(REPLACED) if text.startswith("CCS URGENT")]


def test_a_secretary_sees_what_is_before_their_committee_and_their_account_ends_with_the_role(
    gateway: Gateway, desk: Desk
) -> None:
    words = {
        "on a volé ma moto à Lafiabougou hier": True,
        "on a volé ma moto à Banconi hier": False,
        "un policier demande de l'argent sans reçu au barrage de Lafiabougou": False,
    }
    for number, text in enumerate(words):
        gateway.phone(f"+2237000101{number}").write(text)
    gateway.work()
    join(gateway, link_in(act(desk, PAGE, "invite", email=EMAIL)))
    theirs = sign_in(gateway, EMAIL, NEW)
    page = theirs.get("/queue/concerns")
    for text, is_seen in words.items():
        assert (text in page) is is_seen, text
    assert theirs.http.get(f"/queue/committees/{COMMUNE_IV}").status_code == 200
    assert theirs.http.get(f"/queue/committees/{DISTRICT}").status_code == 404
    assert theirs.http.get("/queue/people").status_code == 403
    reference = reference_in(page)
    assert "À l'ordre du jour" in theirs.send(f"/queue/concerns/{reference}", "agenda")
    act(desk, PAGE, "remove")
    assert not is_in(theirs)
    assert not is_in(sign_in(gateway, EMAIL, NEW))


def test_the_district_s_secretary_sees_what_went_past_the_commune_s_and_not_what_is_before_it(
    gateway: Gateway, desk: Desk
) -> None:
    gateway.secretary(DISTRICT, REPLACED)
    gateway.phone("+22370001010").write("on a volé ma moto à Lafiabougou hier")
    gateway.phone("+22370001011").write("on a volé des chèvres à Kalabancoro hier")
    gateway.work()
    link = link_in(act(desk, f"/queue/people/secretaries/{DISTRICT}", "invite", email=EMAIL))
    join(gateway, link)
    page = sign_in(gateway, EMAIL, NEW).get("/queue/concerns")
    assert "ma moto" not in page


def test_a_removed_account_by_command_and_a_number_that_is_no_secretarys(
    gateway: Gateway, desk: Desk, run_at_its_time: Run
) -> None:
    run = run_at_its_time
    result = run("people", "invite", EMAIL, "--role", "secretary", "--area", "Commune IV", "--msisdn", SECRETARY)
    join(gateway, link_in(result.stdout))
    theirs = sign_in(gateway, EMAIL, NEW)
    assert is_in(theirs)
    refused = run(
        "people", "invite", "x@example.org", "--role", "secretary", "--area", "Commune IV", "--msisdn", REPLACED
    )
    assert refused.stderr == "that number is no secretary of CCS de Commune IV\n"
    assert run("people", "remove-secretary", "Commune IV", SECRETARY).exit_code == 0
    assert not is_in(theirs)
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact)).all()
