"""Announcements: consent, preview, approval by a second person, sending in batches, stopping."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from gateway.outbound import broadcasts
from gateway.outbound.broadcasts import send_broadcasts
from storage.enumerations import BroadcastState, Role
from storage.tables.messages import Broadcast
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
TEXT = "Réunion du comité jeudi à la mairie, ouverte à tous."


def agrees(gateway: Gateway, number: int, place: str = "lafiabougou") -> str:
    """A citizen who has reported from a place, and then agreed to announcements in the menu."""
    phone = gateway.phone(f"+2237000300{number}")
    phone.report(place=place)
    phone.dial()
    phone.type("5", "4")
    assert phone.ended, phone.screen
    return phone.msisdn


@pytest.fixture
def desks(gateway: Gateway) -> tuple[Desk, Desk]:
    gateway.administrator("one@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    gateway.administrator("two@example.org", Role.ADMINISTRATOR, "ml-bamako")
    return sign_in(gateway, "one@example.org"), sign_in(gateway, "two@example.org")


def preview(desk: Desk, text: str = TEXT, **more: str) -> str:
    return desk.send("/queue/broadcasts", "broadcasts", **({"area": COMMUNE_IV, "text": text} | more))


def file(desk: Desk, previewed: str, **more: str) -> str:
    """Presses the button of the preview."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', previewed.partition("Proposer")[0]))
    answer = desk.http.post("/queue/broadcasts", data=fields | more, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def propose(desk: Desk) -> str:
    return file(desk, preview(desk))


def announced(gateway: Gateway, msisdn: str) -> int:
    return sum("jeudi à la mairie" in text for text in gateway.inbox(msisdn))


def state(gateway: Gateway) -> BroadcastState:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Broadcast.state)).one()


def test_seen_first_approved_by_another_and_sent_to_those_who_agreed(
    gateway: Gateway, desks: tuple[Desk, Desk]
) -> None:
    author, approver = desks
    agreed = [agrees(gateway, number) for number in range(3)]
    elsewhere = agrees(gateway, 8, "banconi")
    gateway.phone("+22370003009").report()
    stopped = agrees(gateway, 7)
    gateway.phone(stopped).write("STOP")
    page = preview(author)
    assert "3 personnes, 1 SMS chacune, environ 30 XOF." in page
    assert "Annonce écrite. Une autre personne doit donner son accord" in file(author, page)
    send_broadcasts(gateway.deployment)
    assert state(gateway) is BroadcastState.WAITING
    assert "/approve" not in author.get("/queue/broadcasts")
    assert "D'accord" in approver.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 3
    assert send_broadcasts(gateway.deployment) == 0
    gateway.work()
    assert [announced(gateway, msisdn) for msisdn in agreed] == [1, 1, 1]
    assert [announced(gateway, msisdn) for msisdn in (elsewhere, "+22370003009", stopped)] == [0, 0, 0]
    assert state(gateway) is BroadcastState.DONE


def test_in_the_quiet_hours_of_its_area_it_waits_for_the_morning(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    author, approver = desks
    citizen = agrees(gateway, 1)
    propose(author)
    gateway.clock.forward(hours=12)  # ten in the evening
    approver = sign_in(gateway, "two@example.org")
    assert "à la fin des heures de silence" in approver.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 0
    gateway.clock.forward(hours=7, minutes=50)
    assert send_broadcasts(gateway.deployment) == 0
    gateway.clock.forward(minutes=10)
    assert send_broadcasts(gateway.deployment) == 1
    gateway.work()
    assert announced(gateway, citizen) == 1
    assert state(gateway) is BroadcastState.DONE


def test_what_could_not_go_before_the_quiet_hours_of_its_area_waits_too(
    gateway: Gateway, desks: tuple[Desk, Desk]
) -> None:
    author, approver = desks
    someone = agrees(gateway, 1)
    gateway.work()
    before = len(gateway.inbox(someone))
    author.send(f"/queue/committees/{COMMUNE_IV}", "change", quiet_from="12", quiet_until="14")
    gateway.clock.moment = gateway.clock().replace(hour=11, minute=59)
    propose(author)
    approver.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 1
    gateway.clock.moment = gateway.clock().replace(hour=12, minute=30)
    gateway.work()
    assert len(gateway.inbox(someone)) == before
    gateway.clock.moment = gateway.clock().replace(hour=14, minute=0)
    gateway.work()
    assert len(gateway.inbox(someone)) == before + 1


def test_quiet_hours_of_a_whole_day_keep_nothing_back_for_ever(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    author, approver = desks
    agrees(gateway, 1)
    page = author.send(f"/queue/committees/{COMMUNE_IV}", "change", quiet_from="0", quiet_until="24")
    assert "Enregistré." in page
    propose(author)
    assert "fin des heures de silence" not in approver.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 1


def test_a_stop_keeps_back_what_waits_and_the_rest(
    gateway: Gateway, desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, approver = desks
    monkeypatch.setattr(broadcasts, "A_MINUTE", 2)  # a smaller minute, so that three people take two of them
    agreed = [agrees(gateway, number) for number in range(3)]
    gateway.work()
    propose(author)
    approver.send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 2
    assert "Arrêtée. 2 SMS retenus." in author.send("/queue/broadcasts", "1/stop")
    assert send_broadcasts(gateway.deployment) == 0
    gateway.work()
    assert sum(announced(gateway, msisdn) for msisdn in agreed) == 0
    assert "/stop" not in author.get("/queue/broadcasts")


def test_to_nobody_too_long_or_with_a_number_it_is_refused(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    author, _ = desks
    assert "Personne dans cette zone" in preview(author)
    agrees(gateway, 1)
    assert "Trop long" in preview(author, "x" * 400)
    assert "numéro de téléphone" in preview(author, "Appelez le 76 00 12 34")
    assert "Écrivez l'annonce" in preview(author, "  ")
    token = author.get("/queue/broadcasts").split('name="csrf_token" value="')[1].split('"')[0]
    answer = author.http.post("/queue/broadcasts", data={"csrf_token": token, "area": "ml-kayes", "text": TEXT})
    assert (answer.status_code, "hors de la vôtre" in answer.text, TEXT in answer.text) == (422, True, True)


def test_who_wants_no_more_announcements_says_so_in_the_menu(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    msisdn = agrees(gateway, 1)
    phone = gateway.phone(msisdn)
    phone.dial()
    phone.type("5", "4")
    assert phone.ended
    assert "Personne dans cette zone" in preview(desks[0])


def filed(gateway: Gateway) -> list[tuple[str, str]]:
    with gateway.deployment.database.read() as transaction:
        return [
            (broadcast.area, broadcast.text)
            for broadcast in transaction.scalars(select(Broadcast).order_by(Broadcast.id))
        ]


def test_what_was_seen_is_what_is_filed_whatever_the_form_says_then(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    author, approver = desks
    agrees(gateway, 1)
    page = preview(author)
    file(author, page, area="ml-bamako", text="Tout autre chose.", propose="1")
    assert filed(gateway) == [(COMMUNE_IV, TEXT)]
    file(author, page)
    assert len(filed(gateway)) == 1  # pressed twice, filed once
    file(author, preview(author))
    assert len(filed(gateway)) == 2  # the same words meant again are another announcement
    token = re.search(r'name="csrf_token" value="([^"]+)"', author.get("/queue/broadcasts"))
    assert token
    for form in ({"area": COMMUNE_IV, "text": TEXT, "propose": "1"}, {"seen": "nonsense"}):
        author.http.post("/queue/broadcasts", data={"csrf_token": token[1]} | form)
    assert len(filed(gateway)) == 2
    seen = re.search(r'name="seen" value="([^"]+)"', preview(author))
    others_token = re.search(r'name="csrf_token" value="([^"]+)"', approver.get("/queue/broadcasts"))
    assert seen
    assert others_token
    answer = approver.http.post("/queue/broadcasts", data={"csrf_token": others_token[1], "seen": seen[1]})
    assert answer.status_code == 404  # what somebody else saw
    page = preview(author)
    gateway.clock.forward(hours=2)
    assert "trop ancien" in file(author, page)
    assert len(filed(gateway)) == 2


def test_what_is_approved_is_what_was_read(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    author, approver = desks
    agrees(gateway, 1)
    propose(author)
    assert "pas celle que vous avez lue" in approver.send("/queue/broadcasts", "1/approve", seen="another")
    assert state(gateway) is BroadcastState.WAITING
    assert "D'accord" in approver.send("/queue/broadcasts", "1/approve")
    assert "n'attend plus d'accord" not in approver.get("/queue/broadcasts")


def test_no_zone_is_chosen_until_somebody_chooses_it(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    agrees(gateway, 1)
    assert '<input name="area" maxlength="120" required value="">' in desks[1].get("/queue/broadcasts")
    assert "Choisissez la zone." in preview(desks[1], area="")


def test_who_agreed_and_reports_by_sms_is_reached_where_their_newest_report_is(
    gateway: Gateway, desks: tuple[Desk, Desk]
) -> None:
    writer = gateway.phone("+22370003001")
    writer.write("on a volé ma moto à Banconi")
    gateway.work()
    writer.dial()
    writer.type("1", "5", "4")
    assert "Personne dans cette zone" in preview(desks[0])
    gateway.clock.forward(days=1)
    writer.write("aucun lampadaire ne marche à Lafiabougou")
    assert "Personne dans cette zone" in preview(desks[0])  # not read yet
    gateway.work()
    assert "1 personne, 1 SMS" in preview(desks[0])
    propose(desks[0])
    desks[1].send("/queue/broadcasts", "1/approve")
    assert send_broadcasts(gateway.deployment) == 1
    gateway.work()
    assert announced(gateway, writer.msisdn) == 1


def test_who_answers_which_commune_by_sms_is_reached_there(gateway: Gateway, desks: tuple[Desk, Desk]) -> None:
    writer = gateway.phone("+22370003001")
    writer.write("on a volé ma moto hier soir")
    gateway.work()
    writer.write("Lafiabougou")
    writer.dial()
    writer.type("1", "5", "4")
    assert "1 personne, 1 SMS" in preview(desks[0])
