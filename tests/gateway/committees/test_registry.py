"""A committee is closed and installed again: no message of a citizen and no decision is lost."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.committees.agenda_items import lock_item
from gateway.committees.recommendations import recommend
from gateway.committees.registry import close, install
from storage.committees.agendas import AgendaPlacement
from storage.committees.competence import collect_strays
from storage.enumerations import ItemState
from storage.safety.audit import verify_chain
from storage.tables.audit import AuditLine
from storage.tables.committees import AgendaItem, Committee, Meeting, Recommendation
from storage.tables.concerns import Concern
from tests.support.browsing import Desk, sign_in
from tests.support.committee_work import item, told
from tests.support.gateway import Gateway

COMMUNE_IV, DISTRICT = "ml-bamako-commune-iv", "ml-bamako"
CITIZEN, SECRETARY = "+22370004001", "+22370009001"
ANSWER = "Des lampes sont posées cette semaine."


@pytest.fixture
def country(gateway: Gateway) -> Desk:
    gateway.administrator("pays@example.org")
    return sign_in(gateway, "pays@example.org")


def everything(gateway: Gateway) -> list[Any]:
    """All rows of a committee, without their version numbers."""
    with gateway.deployment.database.read() as transaction:
        rows: list[Any] = []
        for table, without in (
            (AgendaItem, {"version"}),
            (Concern, {"version"}),
            (Recommendation, set()),
            (Meeting, set()),
            (Committee, set()),
        ):
            columns = [column for column in table.__table__.columns if column.name not in without]
            for row in transaction.execute(select(*columns).order_by(*table.__table__.primary_key)):
                rows.append((table.__name__, *row))
        return rows


def at_work(gateway: Gateway, desk: Desk) -> dict[str, int]:
    """Items of Commune IV, one in each state."""
    gateway.secretary(COMMUNE_IV, SECRETARY)
    texts = {
        "proposed": "on a volé ma moto à Lafiabougou",
        "agenda": "aucun lampadaire ne marche à Lafiabougou",
        "discuss": "bagarre entre jeunes à Hamdallaye samedi",
        "decide": "des jeunes vendent de la drogue à Sébénicoro",
        "refer": "les camions roulent trop vite devant l'école à Lafiabougou",
        "recommend": "aucun lampadaire ne marche à Hamdallaye",
        "close": "trop de bruit la nuit au bar de Lafiabougou",
    }
    items = {act: told(gateway, text, f"+2237000400{number}") for number, (act, text) in enumerate(texts.items())}
    for act, id in items.items():
        if act != "proposed":
            page = desk.send(f"/queue/items/{id}", act, said="La mairie s'en charge.", to="mairie", until="2026-12-20")
            assert "Déjà traité" not in page
    return items


def test_closing_and_installing_again_leaves_everything_as_it_was(gateway: Gateway, country: Desk) -> None:
    items = at_work(gateway, country)
    country.send(f"/queue/committees/{COMMUNE_IV}", "change", meets="every 2nd thursday 09:00")
    told(gateway, "on a volé un vélo à Sotuba", "+22370004010")  # a neighbour's, that stays where it is
    before = everything(gateway)
    path = f"/queue/committees/{COMMUNE_IV}"
    asked = country.send(path, "close")
    assert "passent à CCS régional : District de Bamako, comme ils sont : 6 points, 6 messages." in asked
    assert everything(gateway) == before
    assert "6 préoccupations ouvertes remontent" in country.send(path, "close", sure="1")
    for act, state in (("proposed", "proposed"), ("agenda", "on_agenda"), ("discuss", "discussed"),
                       ("decide", "decided"), ("refer", "referred"), ("recommend", "recommended")):  # fmt: skip
        moved = item(gateway, items[act])
        assert (moved.committee, moved.state.value) == (DISTRICT, state)
    assert item(gateway, items["close"]).committee == COMMUNE_IV
    installed_on = committee(gateway).installed_on
    with gateway.deployment.database.write() as transaction:
        reopened = transaction.get_one(Committee, COMMUNE_IV)
        assert installed_on
        assert install(gateway.deployment, transaction, reopened, "pays@example.org", installed_on) == 6
    after = everything(gateway)
    new_meetings = [row for row in after if row[0] == "Meeting" and row not in before]
    assert all(row[2] == DISTRICT for row in new_meetings)  # the one above has planned where it puts them
    assert [row for row in after if row not in new_meetings] == before


def committee(gateway: Gateway) -> Committee:
    with gateway.deployment.database.read() as transaction:
        return transaction.get_one(Committee, COMMUNE_IV)


def test_what_is_said_while_it_is_closed_comes_back_with_the_item_and_what_was_passed_up_stays_up(
    gateway: Gateway, country: Desk
) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    theft = told(gateway, "on a volé ma moto à Lafiabougou")
    drugs = told(gateway, "des jeunes vendent de la drogue à Hamdallaye", "+22370004002")
    with gateway.deployment.database.read() as transaction:
        passed = transaction.scalars(select(Concern).where(Concern.item_id == drugs)).one().reference
    gateway.first_pin(SECRETARY)
    phone = gateway.phone(SECRETARY)
    for text in ("PIN 4711", f"PASSER {passed} REGION"):
        phone.write(text)
        gateway.work()
    path = f"/queue/committees/{COMMUNE_IV}"
    country.send(path, "close", sure="1")
    assert told(gateway, "encore une moto volée à Lafiabougou", "+22370004003") == theft
    lit = told(gateway, "aucun lampadaire ne marche à Lafiabougou", "+22370004004")
    assert "3 préoccupations ouvertes descendent" in country.send(path, "install", on="2026-11-25", meets="")
    assert (item(gateway, theft).committee, item(gateway, lit).committee) == (COMMUNE_IV, COMMUNE_IV)
    with gateway.deployment.database.read() as transaction:
        up = transaction.scalars(select(Concern).where(Concern.reference == passed)).one()
        assert up.committee == DISTRICT
        assert transaction.get_one(AgendaItem, up.item_id).committee == DISTRICT


def test_the_same_thing_before_both_stays_two_items_that_can_be_told_apart(gateway: Gateway, country: Desk) -> None:
    gateway.secretary(COMMUNE_IV, SECRETARY)
    first = told(gateway, "on a volé ma moto à Lafiabougou")
    with gateway.deployment.database.read() as transaction:
        reference = transaction.scalars(select(Concern).where(Concern.item_id == first)).one().reference
    gateway.first_pin(SECRETARY)
    for text in ("PIN 4711", f"PASSER {reference} REGION"):
        gateway.phone(SECRETARY).write(text)
        gateway.work()
    again = told(gateway, "encore une moto volée à Lafiabougou", "+22370004002")
    path = f"/queue/committees/{COMMUNE_IV}"
    country.send(path, "close", sure="1")
    assert item(gateway, again).committee == DISTRICT
    country.send(path, "install", on="2026-11-25", meets="")
    assert (item(gateway, again).committee, item(gateway, again).subject_key) == (
        COMMUNE_IV,
        "theft|ml-bamako-commune-iv|Lafiabougou",
    )


@pytest.mark.parametrize("installed_again", [True, False])
def test_an_answer_from_above_reaches_the_citizens_of_a_committee_that_was_closed(
    gateway: Gateway, country: Desk, installed_again: bool
) -> None:
    id = told(gateway, "aucun lampadaire ne marche à Lafiabougou", CITIZEN)
    with gateway.deployment.database.write() as transaction:
        number = recommend(
            gateway.deployment, transaction, lock_item(transaction, id), "pays@example.org", "Éclairer."
        ).number
    path = f"/queue/committees/{COMMUNE_IV}"
    country.send(path, "close", sure="1")
    if installed_again:
        country.send(path, "install", on="2026-11-25", meets="")
    gateway.clock.forward(days=8)
    country.send(f"/queue/recommendations/{number}", "answer", said=ANSWER)
    gateway.work()
    assert ANSWER in gateway.inbox(CITIZEN)[-1]
    assert item(gateway, id).state is ItemState.CLOSED


def test_what_the_one_above_has_treated_meanwhile_is_its_own(gateway: Gateway, country: Desk) -> None:
    id = told(gateway, "aucun lampadaire ne marche à Lafiabougou", CITIZEN)
    path = f"/queue/committees/{COMMUNE_IV}"
    country.send(path, "close", sure="1")
    country.send(f"/queue/items/{id}", "decide", said="Le district pose des lampes.")
    country.send(path, "install", on="2026-11-25", meets="")
    assert (item(gateway, id).committee, item(gateway, id).state) == (DISTRICT, ItemState.DECIDED)
    country.send(path, "close", sure="1")
    country.send(path, "install", on="2026-11-25", meets="")
    assert item(gateway, id).committee == DISTRICT


def test_a_recommendation_that_a_closed_region_held_goes_on_and_comes_back(gateway: Gateway, country: Desk) -> None:
    id = told(gateway, "aucun lampadaire ne marche à Lafiabougou", CITIZEN)
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        number = recommend(deployment, transaction, lock_item(transaction, id), "pays@example.org", "Éclairer.").number
        district = transaction.get_one(Committee, DISTRICT)
        close(deployment, transaction, district, "pays@example.org")
        assert transaction.scalars(select(Recommendation.holder)).one() == "crss"
        install(deployment, transaction, district, "pays@example.org", gateway.clock().date())
        assert transaction.scalars(select(Recommendation.holder)).one() == DISTRICT
        close(deployment, transaction, district, "pays@example.org")
    country.send(f"/queue/recommendations/{number}", "accept")
    with deployment.database.write() as transaction:
        install(
            deployment,
            transaction,
            transaction.get_one(Committee, DISTRICT),
            "pays@example.org",
            gateway.clock().date(),
        )
        assert transaction.scalars(select(Recommendation.holder)).one() == "crss"
        # While the region is closed a commune's recommendation goes to who is there to read it.
        close(deployment, transaction, transaction.get_one(Committee, DISTRICT), "pays@example.org")
    other_item = told(gateway, "on a volé ma moto à Lafiabougou", "+22370004002")
    with deployment.database.write() as transaction:
        assert (
            recommend(
                deployment, transaction, lock_item(transaction, other_item), "pays@example.org", "Patrouiller."
            ).holder
            == "crss"
        )


def test_what_came_before_a_committee_in_the_moment_that_it_was_closed_goes_above(
    gateway: Gateway, country: Desk
) -> None:
    id = told(gateway, "on a volé ma moto à Lafiabougou")
    path = f"/queue/committees/{COMMUNE_IV}"
    country.send(path, "close", sure="1")
    pack, now = gateway.deployment.pack, gateway.clock()
    with gateway.deployment.database.write() as transaction:
        # As a worker does that had read the registry just before.
        late = (
            AgendaPlacement(transaction, pack, now)
            .place_before(transaction.scalars(select(Concern)).one(), COMMUNE_IV)
            .id
        )
    with gateway.deployment.database.write() as transaction:
        assert collect_strays(transaction, pack, now) == 1
        assert collect_strays(transaction, pack, now) == 0
    assert item(gateway, late).committee == DISTRICT
    country.send(path, "install", on="2026-11-25", meets="")
    assert {item(gateway, item_id).committee for item_id in (id, late)} == {COMMUNE_IV}


def test_each_is_a_line_of_audit_whoever_does_it(gateway: Gateway, country: Desk) -> None:
    path = f"/queue/committees/{COMMUNE_IV}"
    country.send(path, "close", sure="1")
    country.send(path, "install", on="2026-11-25", meets="")
    with gateway.deployment.database.read() as transaction:
        lines = transaction.execute(
            select(AuditLine.actor, AuditLine.what).where(AuditLine.what.startswith("committee_"))
        ).all()
        assert verify_chain(transaction).broken is None
    assert lines == [("pays@example.org", "committee_close"), ("pays@example.org", "committee_install")]
