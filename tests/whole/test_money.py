"""A country whose currency has pesewas: prices, budgets, pages and the simulator, in its own units and numbers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from flows.triage import Triage
from gateway.app import create_app
from gateway.committees.refusal_texts import for_page
from gateway.local.demo import fill
from gateway.runtime.deployment import Deployment
from storage.committees.budgets import spent_this_month
from storage.committees.registry import change_committee
from storage.enumerations import MessageState
from storage.messages.outbound import OutboundSms, queue_message
from storage.people.contacts import msisdn_of
from storage.refusals import SettingRefused
from storage.tables.committees import Committee
from storage.tables.messages import Message
from storage.tables.people import Contact
from tests.support.browsing import sign_in
from tests.support.gateway import Clock, Gateway
from tests.support.servers import served

COMMUNE_IV = "ml-bamako-commune-iv"
pytestmark = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)


@pytest.fixture
def ghana(make_settings: Callable[..., Settings], loaded: tuple[Any, Triage], clock: Clock) -> Iterator[Gateway]:
    """Mali's pack with Ghana's numbers and money: four pesewas a part."""
    settings = make_settings()
    pack = replace(loaded[0], country="GH", sms_countries=("GH",), currency="GHS", sms_price=4)
    deployment = Deployment.open(settings, clock, (pack, loaded[1]))
    deployment.redis.flushall()
    app = create_app(settings, deployment)
    gateway = Gateway(deployment, app, clock)
    gateway.stand_in.delay = 0.0
    with served(app, settings.port):
        yield gateway
    deployment.close()


def test_four_pesewas_a_part_stay_four_pesewas_on_every_way(ghana: Gateway) -> None:
    ghana.phone("+233241000001").write("AIDE")
    ghana.work()
    with ghana.deployment.database.read() as transaction:
        message = transaction.scalars(select(Message)).one()
        assert (message.parts, message.price, message.currency) == (2, 8, "GHS")
    assert [sms.price for sms in ghana.sms("+233241000001")] == ["0,08 GHS"]
    ghana.administrator("admin@example.org")
    assert "0,08 GHS" in sign_in(ghana, "admin@example.org").get("/queue/messages")


def test_a_budget_is_entered_in_cedis_and_stops_at_its_last_pesewa(ghana: Gateway) -> None:
    ghana.secretary(COMMUNE_IV, "+233241000002")
    deployment, now = ghana.deployment, ghana.clock()
    with deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        change_committee(transaction, deployment.pack, committee, {"monthly_budget": "0,08"}, now)
        contact = transaction.scalars(select(Contact)).one()
        for number in range(4):
            queue_message(
                transaction,
                deployment.vault,
                deployment.pack,
                OutboundSms(f"x:{number}", contact, "a", committee=COMMUNE_IV),
                now,
            )
        reasons = list(transaction.scalars(select(Message.reason).order_by(Message.id)))
        assert reasons == [None, None, "budget", "budget"]
        spent = spent_this_month(transaction, deployment.pack, COMMUNE_IV, now)
    assert (str(spent.spent), str(spent.budget)) == ("0,16 GHS", "0,08 GHS")
    ghana.administrator("admin@example.org")
    page = sign_in(ghana, "admin@example.org").get(f"/queue/committees/{COMMUNE_IV}")
    assert "0,16 GHS sur 0,08 GHS" in page
    assert "en GHS" in page
    assert 'value="0,08"' in page


@pytest.mark.parametrize("amount", ["0,085", "-1", "cher"])
def test_a_budget_smaller_than_a_pesewa_is_refused_with_an_example(ghana: Gateway, amount: str) -> None:
    with ghana.deployment.database.write() as transaction:
        committee = transaction.get_one(Committee, COMMUNE_IV)
        with pytest.raises(SettingRefused) as refused:
            change_committee(transaction, ghana.deployment.pack, committee, {"monthly_budget": amount}, ghana.clock())
    assert re.search(r"en GHS de 0 à .*, comme 25,50", for_page(refused.value))


def test_a_price_in_another_currency_leaves_the_estimate(gateway: Gateway) -> None:
    gateway.stand_in.price = replace(gateway.deployment.pack, currency="USD").price
    gateway.phone().write("AIDE")
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        message = transaction.scalars(select(Message)).one()
    assert message.state is not MessageState.QUEUED
    assert (message.price, message.currency) == (20, "XOF")


def test_the_simulator_and_the_demo_have_the_countrys_numbers(ghana: Gateway) -> None:
    assert 'data-numbers="+233230000001 +233230000002"' in ghana.http.get("/simulator").text
    fill(ghana.deployment)
    with ghana.deployment.database.read() as transaction:
        numbers = {msisdn_of(contact, ghana.deployment.vault) or "" for contact in transaction.scalars(select(Contact))}
        currencies = set(transaction.scalars(select(Message.currency)))
    assert all(number.startswith("+233") for number in numbers)
    assert currencies == {"GHS"}
