"""A session whose menus changed in the middle, with Redis lost: no digit is taken into a menu that was not shown."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from flows.msisdn import Msisdn
from gateway.committees.people import add_secretary, remove_secretary
from storage.concerns.concerns import NewConcern, file_concern
from storage.people.contacts import ensure_contact, find_contact
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.people import Contact
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
NUMBER = "+22370009001"
MAIN, DANGER = "Comité de sécurité (CCS)", "un danger"


def ends_role(gateway: Gateway) -> None:
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        phone = find_contact(transaction, gateway.deployment.vault, Msisdn(NUMBER))
        remove_secretary(gateway.deployment, transaction, committee, phone, "test")


def begins_role(gateway: Gateway) -> None:
    with gateway.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        add_secretary(gateway.deployment, transaction, committee, Msisdn(NUMBER), "test")


def contact(gateway: Gateway) -> Contact:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Contact)).one()


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern)))


@pytest.fixture
def known(gateway: Gateway) -> None:
    """Somebody who has reported before, so that the menu begins without the question of the language."""
    gateway.phone(NUMBER).report()


def test_a_role_that_ended_leads_no_digit_to_an_erasure(gateway: Gateway, known: None) -> None:
    """As a secretary `5` is a wrong key, `2` the citizen's menu and `1` a report; as a citizen they erase a number."""
    begins_role(gateway)
    gateway.clock.forward(minutes=20)
    phone = gateway.phone(NUMBER)
    desk = phone.dial()
    phone.type("5", "2")
    ends_role(gateway)
    gateway.deployment.redis.flushall()
    main = phone.type("1")
    assert main != desk
    assert main == gateway.phone(NUMBER).dial()
    assert contact(gateway).msisdn_sealed
    # The network repeats itself, and Redis stays away: the session goes on from where it started anew.
    for typed, shown in (("", main), ("5", "Mes réglages"), ("0", MAIN), ("1", DANGER)):
        gateway.deployment.redis.flushall()
        screen = phone.type(typed) if typed else phone.request()
        assert shown in screen, screen


def test_a_role_that_began_starts_the_session_anew_and_files_nothing(gateway: Gateway, known: None) -> None:
    phone = gateway.phone(NUMBER)
    phone.dial()
    phone.type("1", "2", "1", "1")
    begins_role(gateway)
    gateway.deployment.redis.flushall()
    anew = phone.type("on a volé mes chèvres")
    assert anew == gateway.phone(NUMBER).dial()
    gateway.deployment.redis.flushall()
    phone.type("2")
    gateway.deployment.redis.flushall()
    assert DANGER in phone.type("1")
    assert len(concerns(gateway)) == 1


def test_a_session_that_began_after_the_change_is_replayed_whole(gateway: Gateway, known: None) -> None:
    begins_role(gateway)
    phone = gateway.phone(NUMBER)
    phone.dial()
    for typed in ("2", "1", "2", "1", "1", "on a volé mes chèvres", "1"):
        gateway.deployment.redis.flushall()
        phone.type(typed)
    assert phone.ended, phone.screen
    assert len(concerns(gateway)) == 2


def test_a_stop_by_sms_turns_no_choice_over(gateway: Gateway, known: None) -> None:
    phone = gateway.phone(NUMBER)
    phone.dial()
    assert "3 Ne plus recevoir" in phone.type("5")
    gateway.phone(NUMBER).write("STOP")
    gateway.deployment.redis.flushall()
    assert MAIN in phone.type("3")
    assert contact(gateway).muted_at


def test_another_usual_place_by_sms_moves_no_report(gateway: Gateway, known: None) -> None:
    """The first place of the menu is the one used last: `1` must not become another commune."""
    phone = gateway.phone(NUMBER)
    phone.dial()
    phone.type("1", "2", "1")
    gateway.phone(NUMBER).write("on nous a volés hier")
    gateway.work()
    gateway.phone(NUMBER).write("Banconi")
    gateway.deployment.redis.flushall()
    assert MAIN in phone.type("1")


def test_over_midnight_another_order_of_categories_moves_no_report(gateway: Gateway, known: None) -> None:
    """Twelve people report the same on one day: from midnight on the menu begins with it."""
    gateway.clock.moment = datetime(2026, 11, 24, 23, 58, tzinfo=UTC)
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        for number in range(12):
            reporter = ensure_contact(
                transaction, deployment.vault, Msisdn(f"+2237000200{number:02d}"), gateway.clock()
            )
            new = NewConcern(("test", str(number)), "sms", "", reporter.id, category="lighting", commune=COMMUNE_IV)
            file_concern(transaction, deployment.vault, new, gateway.clock())
    phone = gateway.phone(NUMBER)
    phone.dial()
    before = phone.type("1", "2")
    gateway.clock.forward(minutes=3)
    gateway.deployment.redis.flushall()
    assert MAIN in phone.type("1")
    assert phone.type("1", "2") != before
