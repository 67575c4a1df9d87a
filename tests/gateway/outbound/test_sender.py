"""Outbound SMS through the real SDK to the stand-in, with the failures that providers have."""

import time
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import provider_routing
from gateway.providers import africastalking
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.base import InboundSms, NotSent, PerhapsSent
from gateway.simulator import standin
from gateway.simulator.standin import Mood
from gateway.sms.inbound import take_sms
from gateway.worker.dispatcher import drain_all
from storage.enumerations import MessageState, Work
from storage.messages.outbox import add_work
from storage.safety.vault import Vault
from storage.tables.messages import Message
from tests.support.gateway import Gateway
from tests.support.servers import free_port, served
from tests.support.waiting import eventually

CITIZEN = "+22370001001"


def only_message(gateway: Gateway) -> Message:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Message)).one()


def ask_for_help(gateway: Gateway) -> None:
    gateway.phone().write("AIDE")
    gateway.work()


def test_a_message_is_sent_once_and_its_report_says_delivered(gateway: Gateway) -> None:
    ask_for_help(gateway)
    eventually(lambda: only_message(gateway).state is MessageState.DELIVERED)
    gateway.clock.forward(hours=1)
    gateway.work()
    message = only_message(gateway)
    assert (message.tries, message.perhaps_twice) == (1, False)
    assert len(gateway.inbox(CITIZEN)) == 1


def test_the_price_is_estimated_and_then_corrected_by_the_providers_answer(gateway: Gateway) -> None:
    deployment = replace(gateway.deployment, pack=replace(gateway.deployment.pack, sms_price=7))
    take_sms(deployment, InboundSms("africastalking", "1", Msisdn(CITIZEN), "AIDE"))
    message = only_message(gateway)
    assert (message.parts, message.price, message.currency) == (2, 14, "XOF")
    gateway.work()
    assert only_message(gateway).price == 20


def test_what_is_refused_for_now_is_tried_again_after_growing_pauses_and_then_fails(gateway: Gateway) -> None:
    gateway.stand_in.mood = Mood.REFUSES_REQUEST
    ask_for_help(gateway)
    tries = [only_message(gateway).tries]
    for minutes in (1, 2, 10, 60, 180):
        gateway.work()
        assert only_message(gateway).tries == tries[-1]  # its pause is not over
        gateway.clock.forward(minutes=minutes)
        gateway.work()
        tries.append(only_message(gateway).tries)
    assert tries == [1, 2, 3, 4, 5, 6]
    assert only_message(gateway).state is MessageState.FAILED
    assert gateway.inbox(CITIZEN) == []


def test_a_provider_that_recovers_gets_what_waited(gateway: Gateway) -> None:
    gateway.stand_in.mood = Mood.REFUSES_RECIPIENT
    ask_for_help(gateway)
    assert (only_message(gateway).state, only_message(gateway).reason) == (MessageState.QUEUED, "RejectedByGateway")
    gateway.stand_in.mood = Mood.WELL
    gateway.clock.forward(minutes=1)
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 1


def test_what_is_refused_for_good_is_not_tried_again(gateway: Gateway) -> None:
    gateway.stand_in.mood = Mood.BLACKLISTS
    ask_for_help(gateway)
    message = only_message(gateway)
    assert (message.state, message.reason, message.tries) == (MessageState.FAILED, "UserInBlacklist", 1)


def test_a_phone_that_is_away_makes_the_message_fail_by_its_report(gateway: Gateway) -> None:
    gateway.stand_in.mood = Mood.NEVER_DELIVERS
    ask_for_help(gateway)
    eventually(lambda: only_message(gateway).state is MessageState.FAILED)
    assert only_message(gateway).reason == "DeliveryFailure"


def test_a_provider_that_answers_too_late_has_its_receipt_settle_the_message(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider accepted the message after our time-out: nothing is sent again, and the receipt settles it."""
    monkeypatch.setattr(africastalking, "TIMEOUT", (1.0, 1.0))
    monkeypatch.setattr(standin, "SLOWER_THAN_THE_SDK", 2.0)
    gateway.stand_in.mood = Mood.ANSWERS_TOO_LATE
    gateway.stand_in.delay = 4.0
    ask_for_help(gateway)
    assert only_message(gateway).state is MessageState.UNCERTAIN
    gateway.stand_in.mood = Mood.WELL
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 1
    eventually(lambda: only_message(gateway).state is MessageState.DELIVERED, 30)
    gateway.clock.forward(hours=1)
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 1
    assert not only_message(gateway).perhaps_twice


def test_without_any_receipt_it_is_sent_once_more_and_marked(gateway: Gateway) -> None:
    ask_for_help(gateway)
    eventually(lambda: only_message(gateway).state is MessageState.DELIVERED)
    with gateway.deployment.database.write() as transaction:
        # As a worker leaves it that was killed between asking the provider and writing down its answer.
        message = transaction.scalars(select(Message)).one()
        message.state, message.provider_message_id = MessageState.SENDING, None
        add_work(transaction, Work.SEND, [message.id], gateway.clock())
    gateway.work()
    assert only_message(gateway).state is MessageState.UNCERTAIN
    gateway.clock.forward(minutes=11)
    gateway.work()
    message = only_message(gateway)
    assert message.perhaps_twice
    assert message.state in (MessageState.SENT, MessageState.DELIVERED)


def test_nobody_listening_is_surely_not_sent_and_an_unreadable_answer_perhaps(gateway: Gateway) -> None:
    nobody = AfricasTalking("x", "y", api_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotSent) as refusal:
        nobody.send(Msisdn(CITIZEN), "text", "1")
    assert refusal.value.again
    elsewhere = AfricasTalking("x", "y", api_url=f"{gateway.deployment.settings.own_address}/nowhere")
    with pytest.raises(NotSent):
        elsewhere.send(Msisdn(CITIZEN), "text", "1")

    odd, port = Flask("odd"), free_port()
    odd.add_url_rule("/version1/messaging", view_func=lambda: ("accepted, I think", 201), methods=["POST"])
    with served(odd, port), pytest.raises(PerhapsSent):
        AfricasTalking("x", "y", api_url=f"http://127.0.0.1:{port}").send(Msisdn(CITIZEN), "text", "1")


def test_messages_waiting_for_a_lost_key_wait_and_say_so(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    gateway.phone().write("AIDE")
    keyless = replace(gateway.deployment, vault=Vault(("another key",)))
    assert drain_all(keyless, provider_routing(gateway.deployment.settings), time.monotonic() + 20)
    assert "SECRET_KEYS lacks the key" in caplog.text
    gateway.clock.forward(hours=3)
    gateway.work()
    assert len(gateway.inbox(CITIZEN)) == 1
