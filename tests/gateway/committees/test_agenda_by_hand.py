"""What people put on an agenda, take off, order, split, merge and give away."""

import re

import pytest
from sqlalchemy import select

from gateway.outbound.citizen_notifications import send_due_notifications
from storage.enumerations import ConcernState, ItemState, Role
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import CITIZEN, SECRETARY, item, told
from tests.support.gateway import Gateway

COMMUNE_IV, DISTRICT = "ml-bamako-commune-iv", "ml-bamako"
COMMITTEE = f"/queue/committees/{COMMUNE_IV}"
LAMPS, THEFT, NOISE = (
    "aucun lampadaire ne marche à Lafiabougou",
    "on a volé ma moto à Lafiabougou hier",
    "trop de bruit la nuit au bar de Hamdallaye",
)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    return sign_in(gateway, "iv@example.org")


def meeting_of(gateway: Gateway, id: int) -> str:
    return f"{COMMITTEE}/meetings/{item(gateway, id).meeting_id}"


def section(page: str, title: str) -> str:
    match = re.search(rf"<h2>{title}</h2>(.*?)</section>", page, re.S)
    return match[1] if match else ""


def states(gateway: Gateway, id: int) -> list[ConcernState]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern.state).where(Concern.item_id == id).order_by(Concern.id)))


def test_the_agenda_has_what_was_put_on_and_the_top_by_score_up_to_the_committee_s_number(
    gateway: Gateway, desk: Desk
) -> None:
    ids = [told(gateway, text, f"+2237000500{at}") for at, text in enumerate((LAMPS, THEFT, NOISE))]
    path = meeting_of(gateway, ids[0])
    assert all(f"/queue/items/{id}" in section(desk.get(path), "Proposés par le score") for id in ids)
    desk.send(f"/queue/items/{ids[2]}", "agenda")
    desk.send(COMMITTEE, "change", agenda_size="2")
    page = desk.get(path)
    assert f"/queue/items/{ids[2]}" in section(page, "Points inscrits")
    proposed = section(page, "Proposés par le score")
    assert f"/queue/items/{ids[1]}" in proposed  # the theft is a priority
    assert f"/queue/items/{ids[0]}" not in proposed
    assert f"/queue/items/{ids[0]}" in section(page, "Hors de l'ordre du jour")


def test_items_are_put_on_taken_off_and_ordered_on_the_meeting_s_page(gateway: Gateway, desk: Desk) -> None:
    ids = [told(gateway, text, f"+2237000500{at}") for at, text in enumerate((LAMPS, THEFT, NOISE))]
    path = meeting_of(gateway, ids[0])
    for id in ids:
        assert "Réunion du 03/12/2026" in desk.send(path, f"items/{id}/agenda")
    by_hand = {f"place-{id}": str(place) for id, place in zip(ids, (2, 3, 1), strict=True)}
    assert "Ordre enregistré." in desk.send(path, "order", **by_hand)
    listed = section(desk.get(path), "Points inscrits")
    assert [int(id) for id in re.findall(r'href="/queue/items/(\d+)"', listed)] == [ids[2], ids[0], ids[1]]
    assert states(gateway, ids[0]) == [ConcernState.ON_AGENDA]
    assert "Retiré de l'ordre du jour" in desk.send(path, f"items/{ids[0]}/take_off")
    assert item(gateway, ids[0]).state is ItemState.PROPOSED
    assert states(gateway, ids[0]) == [ConcernState.RECEIVED]
    page = desk.get(path)
    assert f"/queue/items/{ids[0]}" not in section(page, "Points inscrits") + section(page, "Proposés par le score")
    gateway.clock.forward(hours=3)
    send_due_notifications(gateway.deployment)
    gateway.work()
    assert not any("ordre du jour" in text for text in gateway.inbox("+22370005000"))
    assert any("ordre du jour" in text for text in gateway.inbox("+22370005001"))


def test_a_postponed_point_leaves_this_meeting_and_its_citizens_hear_the_new_date(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway, LAMPS)
    path = meeting_of(gateway, id)
    desk.send(f"/queue/items/{id}", "agenda")
    gateway.clock.forward(hours=2)
    send_due_notifications(gateway.deployment)
    gateway.work()
    assert gateway.inbox(CITIZEN)[-1].endswith("à l'ordre du jour du 03/12.")
    assert "Reporté à la réunion du 07/01/2027" in desk.send(f"/queue/items/{id}", "postpone")
    assert f"/queue/items/{id}" not in desk.get(path)
    gateway.clock.forward(hours=2)
    send_due_notifications(gateway.deployment)
    gateway.work()
    assert gateway.inbox(CITIZEN)[-1].endswith("à l'ordre du jour du 07/01.")


def test_an_item_is_split_and_merged_again_without_a_word_to_anybody(gateway: Gateway, desk: Desk) -> None:
    id = told(gateway, LAMPS, "+22370005000")
    for at in (1, 2):
        assert told(gateway, LAMPS, f"+2237000500{at}") == id
    with gateway.deployment.database.read() as transaction:
        references = transaction.scalars(select(Concern.reference).where(Concern.item_id == id)).all()
    before = [gateway.inbox(f"+2237000500{at}") for at in range(3)]
    path = f"/queue/items/{id}"
    assert "Choisissez une partie" in desk.send(path, "split")
    page = desk.send(path, "split", reference=references[0])
    part = int(re.findall(r"forment le point (\d+)", page)[0])
    assert len(states(gateway, id)) == 2
    assert (item(gateway, part).state, item(gateway, part).meeting_id) == (
        item(gateway, id).state,
        item(gateway, id).meeting_id,
    )
    assert told(gateway, LAMPS, "+22370005004") == id  # what comes later joins the first
    desk.send(path, "agenda")
    assert "Joint au point" in desk.send(f"/queue/items/{part}", "merge", into=str(id))
    assert states(gateway, id) == [ConcernState.ON_AGENDA] * 4
    assert item(gateway, part).state is ItemState.CLOSED
    gateway.work()
    assert [gateway.inbox(f"+2237000500{at}") for at in range(3)] == before


def test_sensitive_and_other_items_are_not_merged(gateway: Gateway, desk: Desk) -> None:
    lamps = told(gateway, LAMPS)
    armed = told(gateway, "un groupe armé est passé à Lafiabougou", "+22370001004")
    noise = told(gateway, NOISE, "+22370001005")
    page = desk.get(f"/queue/items/{lamps}")
    assert f'<option value="{noise}">' in page
    assert f'<option value="{armed}">' not in page
    assert "sujet sensible" in desk.send(f"/queue/items/{lamps}", "merge", into=str(armed))
    assert item(gateway, lamps).is_open


def test_an_item_is_given_to_the_committee_above_and_stays_there(gateway: Gateway, desk: Desk) -> None:
    gateway.administrator("pays@example.org")
    country = sign_in(gateway, "pays@example.org")
    id = told(gateway, LAMPS)
    desk.send(f"/queue/items/{id}", "agenda")
    path = f"/queue/items/{id}"
    assert "Donné à CCS régional : District de Bamako." in country.send(path, "give", to=DISTRICT)
    assert (item(gateway, id).committee, item(gateway, id).state) == (DISTRICT, ItemState.ON_AGENDA)
    country.send(COMMITTEE, "close", sure="1")
    country.send(COMMITTEE, "install", on="2026-11-24", meets="")
    assert item(gateway, id).committee == DISTRICT
    country.send(path, "give", to=COMMUNE_IV)
    assert item(gateway, id).committee == COMMUNE_IV
    racket = told(gateway, "les policiers au poste de contrôle de Lafiabougou demandent de l'argent", "+22370001003")
    assert f'<option value="{COMMUNE_IV}">' not in country.get(f"/queue/items/{racket}")
