"""Outbound SMS through the real SDK to the stand-in, with the failures that providers have."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from flows.msisdn import Msisdn
from gateway.outbound.provider_routing import provider_routing
from gateway.providers import africastalking, connections
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.base import InboundSms, NotSent, PerhapsSent, Sent
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


def test_one_text_for_many_goes_in_one_call_and_each_is_settled_for_itself(gateway: Gateway) -> None:
    numbers = [f"+2237000200{number}" for number in range(6)]
    calls: list[list[str]] = []
    take = gateway.stand_in.take

    def taking(form: Mapping[str, str], api_key: str | None) -> tuple[dict[str, Any] | str, int]:
        calls.append(form["to"].split(","))
        return take(form, api_key)

    gateway.stand_in.take = taking  # type: ignore[method-assign]
    for number in numbers:
        gateway.phone(number).write("AIDE")
    gateway.work()
    assert sorted(calls) == [numbers]
    assert [len(gateway.inbox(number)) for number in numbers] == [1] * 6
    with gateway.deployment.database.read() as transaction:
        sent = transaction.scalars(select(Message)).all()
    assert len({message.provider_message_id for message in sent}) == 6


def test_of_one_call_those_that_failed_are_tried_again_alone() -> None:
    answer, port = Flask("some fail"), free_port()
    recipients = [
        {"number": CITIZEN, "statusCode": 101, "messageId": "ATXid_1", "cost": "XOF 10.0000"},
        {"number": "+22370001002", "statusCode": 502, "messageId": "None", "cost": "0"},
    ]
    body = {"SMSMessageData": {"Message": "Sent to 1/3", "Recipients": recipients}}
    answer.add_url_rule("/version1/messaging", view_func=lambda: (body, 201), methods=["POST"])
    to = [Msisdn(CITIZEN), Msisdn("+22370001002"), Msisdn("+22370001003")]
    with served(answer, port):
        first, second, third = AfricasTalking("x", "y", api_url=f"http://127.0.0.1:{port}").send_many(to, "text")
    assert isinstance(first, Sent)
    assert first.message_id == "ATXid_1"
    assert isinstance(second, NotSent)
    assert second.again
    assert isinstance(third, PerhapsSent)  # the answer does not name it


def test_a_connection_is_used_again_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    with AcceptingServer() as server:
        provider = AfricasTalking("x", "y", api_url=server.address)
        for _ in range(5):
            assert provider.send(Msisdn(CITIZEN), "text", "1").message_id == "ATXid_1"
        assert server.connections == 1
        monkeypatch.setattr(connections, "REUSED_WITHIN", 0.0)
        provider.send(Msisdn(CITIZEN), "text", "1")
        assert server.connections == 2


class AcceptingServer:
    """A provider that keeps its connections open and counts them."""

    def __enter__(self) -> "AcceptingServer":
        outer, self.connections = self, 0
        body = json.dumps({"SMSMessageData": {"Recipients": [{"statusCode": 101, "messageId": "ATXid_1"}]}}).encode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                outer.connections += 1

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
