"""Two SMS providers: one sends what the other refuses, shares move and return, failed messages wait for a button."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from flows.triage import Triage
from gateway.app import create_app
from gateway.outbound.provider_routing import ProviderRouting, move_shares, provider_routing
from gateway.runtime.deployment import Deployment
from gateway.simulator.standin import Mood
from storage.enumerations import MessageState, Role
from storage.messages.provider_health import kept_shares
from storage.tables.messages import Message, SendAttempt
from tests.support.browsing import sign_in
from tests.support.gateway import Clock, Gateway
from tests.support.orange import LOGIN, OrangeStandIn, orange, receipt
from tests.support.servers import served

ORDER = ("africastalking", "orange")


@pytest.fixture
def peer() -> Iterator[OrangeStandIn]:
    with orange() as stand_in:
        yield stand_in


@pytest.fixture
def two_providers(
    peer: OrangeStandIn, make_settings: Callable[..., Settings], loaded: tuple[Any, Triage], clock: Clock
) -> Iterator[Gateway]:
    """Africa's Talking (the stand-in) first, Orange second."""
    settings = make_settings(
        sms_provider="simulator,orange",
        orange_client_id=LOGIN[0],
        orange_client_secret=LOGIN[1],
        orange_url=peer.address,
    )
    deployment = Deployment.open(settings, clock, loaded)
    deployment.redis.flushall()
    app = create_app(settings, deployment)
    made = Gateway(deployment, app, clock)
    made.stand_in.delay = 0.0
    with served(app, settings.port):
        yield made
    deployment.close()


def asks(gateway: Gateway, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        gateway.phone(f"+2237000{number:04d}").write("AIDE")
    gateway.work()


def messages(gateway: Gateway) -> list[Message]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Message).order_by(Message.id)))


def shares(gateway: Gateway) -> dict[str, float] | None:
    with gateway.deployment.database.read() as transaction:
        return kept_shares(transaction, ORDER)


def test_the_first_carries_nearly_all_and_the_second_is_never_starved(
    two_providers: Gateway, peer: OrangeStandIn
) -> None:
    asks(two_providers, 60)
    assert 1 <= len(peer.taken) <= 12
    assert {message.state for message in messages(two_providers)} <= {MessageState.SENT, MessageState.DELIVERED}


def test_what_one_refuses_the_other_carries_and_shares_move_and_come_back(
    two_providers: Gateway, peer: OrangeStandIn
) -> None:
    two_providers.stand_in.mood = Mood.REFUSES_REQUEST
    asks(two_providers, 8)
    assert len(peer.taken) < 8
    two_providers.clock.forward(seconds=11)
    two_providers.work()  # a retry goes to the one that has not just failed
    assert len(peer.taken) == 8
    assert {message.state for message in messages(two_providers)} == {MessageState.SENT}
    seen = []
    for _ in range(4):
        move_shares(two_providers.deployment, ORDER)
        seen.append((shares(two_providers) or {})["africastalking"])
    assert seen == [0.475, 0.238, 0.119, 0.06]
    asks(two_providers, 30, start=100)
    assert len(peer.taken) > 8 + 20
    two_providers.stand_in.mood = Mood.WELL
    for number in range(10):
        two_providers.clock.forward(minutes=11)
        asks(two_providers, 4, start=200 + 10 * number)
        move_shares(two_providers.deployment, ORDER)
    assert (shares(two_providers) or {})["africastalking"] == 0.95


def test_receipts_that_do_not_come_are_an_illness_too(two_providers: Gateway) -> None:
    asks(two_providers, 30)
    with two_providers.deployment.database.write() as transaction:
        for message in transaction.scalars(select(Message)):
            message.state = MessageState.SENT if message.provider == "africastalking" else MessageState.DELIVERED
    two_providers.clock.forward(minutes=3)
    move_shares(two_providers.deployment, ORDER)
    assert (shares(two_providers) or {})["africastalking"] == 0.475


def test_who_refuses_all_loses_to_who_sends_no_receipts(two_providers: Gateway, peer: OrangeStandIn) -> None:
    two_providers.stand_in.mood = Mood.REFUSES_REQUEST
    for number in range(8):
        asks(two_providers, 12, start=100 * number)
        two_providers.clock.forward(seconds=61)
        two_providers.work()
        move_shares(two_providers.deployment, ORDER)
    assert (shares(two_providers) or {})["africastalking"] == 0.05
    assert {message.state for message in messages(two_providers) if message.provider == "orange"} == {MessageState.SENT}


def test_a_receipt_of_either_provider_settles_its_own(two_providers: Gateway, peer: OrangeStandIn) -> None:
    asks(two_providers, 40)
    mine = next(message for message in messages(two_providers) if message.provider == "orange")
    number = peer.taken[0]["address"].removeprefix("tel:")
    report = receipt(mine.provider_message_id or "", number, "DeliveredToTerminal")
    assert (
        two_providers.http.post(
            two_providers.hook("delivery").replace("africastalking", "orange"), json=report
        ).status_code
        == 200
    )
    assert next(message for message in messages(two_providers) if message.id == mine.id).state is MessageState.DELIVERED


def test_a_provider_is_asked_no_faster_than_it_takes(two_providers: Gateway) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        two_providers.clock.forward(seconds=seconds)

    routing: ProviderRouting = provider_routing(two_providers.deployment.settings)
    routing.sleep = sleep
    provider = routing.by_name["orange"]
    assert provider.rate == 5
    began = two_providers.clock()
    for _ in range(21):
        routing.wait_for_turn(two_providers.deployment, provider)
    assert 4 <= (two_providers.clock() - began).total_seconds() <= 5
    assert len(slept) == 4


def test_a_message_that_failed_goes_again_by_a_button(gateway: Gateway) -> None:
    gateway.administrator("admin@example.org")
    gateway.administrator("seer@example.org", Role.COORDINATOR)
    gateway.stand_in.mood = Mood.REFUSES_RECIPIENT
    asks(gateway, 1)
    for hours in (1, 1, 1, 3, 3):
        gateway.clock.forward(hours=hours)
        gateway.work()
    assert [message.state for message in messages(gateway)] == [MessageState.FAILED]
    gateway.stand_in.mood = Mood.WELL
    desk = sign_in(gateway, "admin@example.org")
    assert "Échoués seulement (1)" in desk.get("/queue/messages")
    assert "Le SMS repart." in desk.send("/queue/messages?state=failed", "1/again")
    gateway.work()
    assert len(gateway.inbox("+22370000000")) == 1
    assert "/again" not in desk.get("/queue/messages")
    assert sign_in(gateway, "seer@example.org").http.get("/queue/messages").status_code == 403


def test_attempts_are_counted_and_forgotten_after_a_day(two_providers: Gateway) -> None:
    asks(two_providers, 3)
    two_providers.clock.forward(days=2)
    move_shares(two_providers.deployment, ORDER)
    with two_providers.deployment.database.read() as transaction:
        assert transaction.scalars(select(SendAttempt)).all() == []
