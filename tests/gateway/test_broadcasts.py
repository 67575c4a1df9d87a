"""Announcements: agreed to, previewed, approved by a second person, sent bit by bit, stopped."""

import pytest
from sqlalchemy import select

from gateway import broadcasts
from gateway.broadcasts import send_broadcasts
from storage.message_models import Broadcast
from storage.states import BroadcastState, Role
from tests.browsing import Desk, sign_in
from tests.conftest import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
TEXT = "Réunion du comité jeudi à la mairie, ouverte à tous."


def agrees(gateway: Gateway, number: int, place: str = "lafiabougou") -> str:
    """Somebody who has reported from a place and then agreed to announcements in the menu."""
    phone = gateway.phone(f"+2237000300{number}")
    phone.report(place=place)
    phone.dial()
    phone.type("5", "5")
    assert phone.ended, phone.screen
    return phone.msisdn


@pytest.fixture
def desks(gateway: Gateway) -> tuple[Desk, Desk]:
    gateway.administrator("one@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    gateway.administrator("two@example.org", Role.ADMINISTRATOR, "ml-bamako")
    return sign_in(gateway, "one@example.org"), sign_in(gateway, "two@example.org")


def propose(desk: Desk, text: str = TEXT, **more: str) -> str:
    return desk.send("/queue/broadcasts", "broadcasts", area=COMMUNE_IV, text=text, **more)


def announced(gateway: Gateway, msisdn: str) -> int:
    return sum("jeudi à la mairie" in text for text in gateway.inbox(msisdn))


def state(gateway: Gateway) -> BroadcastState:
    with gateway.deployment.database.read() as open_:
        return open_.scalars(select(Broadcast.state)).one()


def test_seen_first_approved_by_another_and_sent_to_those_who_agreed(
    gateway: Gateway, desks: tuple[Desk, Desk]
) -> None:
    one, two = desks
    agreed = [agrees(gateway, number) for number in range(3)]
    elsewhere = agrees(gateway, 8, "banconi")
    gateway.phone("+22370003009").report()
    stopped = agrees(gateway, 7)
    gateway.phone(stopped).write("STOP")
    page = propose(one)
    assert "3 personne(s), 1 SMS chacune, environ 30 XOF." in page
    assert "une autre personne doit donner son accord" in propose(one, propose="1").lower()
    send_broadcasts(gateway.deployment)
    assert state(gateway) is BroadcastState.WAITING
    assert "/approve" not in one.get("/queue/broadcasts")
    assert "D'accord" in two.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 3
    assert send_broadcasts(gateway.deployment) == 0
    gateway.work()
    assert [announced(gateway, msisdn) for msisdn in agreed] == [1, 1, 1]
    assert [announced(gateway, msisdn) for msisdn in (elsewhere, "+22370003009", stopped)] == [0, 0, 0]
    assert state(gateway) is BroadcastState.DONE


def test_a_stop_keeps_back_what_waits_and_the_rest(
    gateway: Gateway, desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    monkeypatch.setattr(broadcasts, "A_MINUTE", 2)  # a smaller minute, so that three people take two of them
    agreed = [agrees(gateway, number) for number in range(3)]
    gateway.work()
    propose(one, propose="1")
    two.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 2
    assert "Arrêtée. 2 SMS retenu(s)." in one.send("/queue/broadcasts", "1/stop")
    assert send_broadcasts(gateway.deployment) == 0
    gateway.work()
    assert sum(announced(gateway, msisdn) for msisdn in agreed) == 0
    assert "/stop" not in one.get("/queue/broadcasts")


def test_to_nobody_too_long_or_with_a_number_it_is_refused(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    one, _ = desks
    assert "Personne dans cette zone" in propose(one)
    agrees(gateway, 1)
    assert "Trop long" in propose(one, "x" * 400)
    assert "numéro de téléphone" in propose(one, "Appelez le 76 00 12 34")
    assert "Écrivez l'annonce" in propose(one, "  ")
    token = one.get("/queue/broadcasts").split('name="csrf_token" value="')[1].split('"')[0]
    got = one.http.post(
        "/queue/broadcasts", data={"csrf_token": token, "area": "ml-kayes", "text": TEXT, "propose": "1"}
    )
    assert got.status_code == 404


def test_who_wants_no_more_announcements_says_so_in_the_menu(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    msisdn = agrees(gateway, 1)
    phone = gateway.phone(msisdn)
    phone.dial()
    phone.type("5", "6")
    assert phone.ended
    assert "Personne dans cette zone" in propose(desks[0])
