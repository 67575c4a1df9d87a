"""Orange's SMS API with a stand-in: tokens, refusals, receipts, inbound SMS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from flows.msisdn import Msisdn
from flows.triage import Triage
from gateway.app import create_app
from gateway.outbound.alerts import follow_up
from gateway.providers.base import NotSent, PerhapsSent
from gateway.providers.orange import Orange
from gateway.runtime.deployment import Deployment
from storage.enumerations import MessageState
from storage.tables.alerts import Alert
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from tests.support.gateway import TOKEN, Clock, Gateway
from tests.support.orange import LOGIN, SENDER, OrangeStandIn, orange, receipt, sms_in
from tests.support.servers import free_port, served

CITIZEN, SECRETARY = "+22370001001", "+22370009001"


@pytest.fixture
def peer() -> Iterator[OrangeStandIn]:
    with orange() as stand_in:
        yield stand_in


@pytest.fixture
def by_orange(
    peer: OrangeStandIn, make_settings: Callable[..., Settings], loaded: tuple[Any, Triage], clock: Clock
) -> Iterator[Gateway]:
    settings = make_settings(
        sms_provider="orange", orange_client_id=LOGIN[0], orange_client_secret=LOGIN[1], orange_url=peer.address
    )
    deployment = Deployment.open(settings, clock, loaded)
    yield Gateway(deployment, create_app(settings, deployment), clock)
    deployment.close()


@pytest.fixture
def adapter(peer: OrangeStandIn) -> tuple[Orange, list[float]]:
    """The adapter and the seconds of its clock, which tests set."""
    moment = [0.0]
    return Orange(LOGIN, SENDER, "CCS", peer.address, clock=lambda: moment[0]), moment


def states(gateway: Gateway) -> list[MessageState]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Message.state).order_by(Message.id)))


def test_an_sms_comes_in_once_its_answer_goes_out_and_the_receipt_says_delivered(
    by_orange: Gateway, peer: OrangeStandIn
) -> None:
    for _ in range(2):
        posted = sms_in("m-1", CITIZEN, "on a volé ma moto à Lafiabougou hier")
        assert by_orange.http.post(f"/hooks/{TOKEN}/orange/sms", json=posted).status_code == 200
    by_orange.work()
    (sent,) = peer.taken
    assert sent["address"] == f"tel:{CITIZEN}"
    assert "CCS-" in sent["outboundSMSTextMessage"]["message"]
    for status, state in (
        ("DeliveredToNetwork", MessageState.SENT),
        ("DeliveredToTerminal", MessageState.DELIVERED),
        ("MessageWaiting", MessageState.DELIVERED),
    ):
        report = receipt("id-1", CITIZEN, status)
        assert by_orange.http.post(f"/hooks/{TOKEN}/orange/delivery", json=report).status_code == 200
        assert states(by_orange) == [state]
    with by_orange.deployment.database.read() as transaction:
        assert len(transaction.scalars(select(Concern)).all()) == 1


def test_a_receipt_without_an_id_confirms_an_alert_last(by_orange: Gateway, peer: OrangeStandIn) -> None:
    by_orange.secretary("ml-bamako-commune-iv", SECRETARY)
    shot = sms_in("m-1", CITIZEN, "ils nous tirent dessus à Lafiabougou, au secours")
    asked = sms_in("m-2", SECRETARY, "on a volé ma moto à Lafiabougou hier")
    for posted in (shot, asked):
        assert by_orange.http.post(f"/hooks/{TOKEN}/orange/sms", json=posted).status_code == 200
        by_orange.work()
        by_orange.clock.forward(seconds=1)

    def unconfirmed_after_a_receipt() -> int:
        report = {"deliveryInfo": {"address": f"tel:{SECRETARY}", "deliveryStatus": "DeliveredToTerminal"}}
        posted = by_orange.http.post(f"/hooks/{TOKEN}/orange/delivery", json={"deliveryInfoNotification": report})
        assert posted.status_code == 200
        follow_up(by_orange.deployment, frozenset())
        with by_orange.deployment.database.read() as transaction:
            return len(transaction.scalars(select(Alert).where(Alert.confirmed_at.is_(None))).all())

    assert [unconfirmed_after_a_receipt() for _ in range(2)] == [1, 0]


def test_a_token_is_kept_and_renewed_before_it_ends(adapter: tuple[Orange, list[float]], peer: OrangeStandIn) -> None:
    api, moment = adapter
    for seconds, given in ((0, 1), (3500, 1), (3541, 2), (7000, 2), (7142, 3)):
        moment[0] = float(seconds)
        api.send(Msisdn(CITIZEN), "bonjour", "1")
        assert peer.given == given


def test_a_token_that_was_withdrawn_is_renewed_once(adapter: tuple[Orange, list[float]], peer: OrangeStandIn) -> None:
    api, _ = adapter
    api.send(Msisdn(CITIZEN), "bonjour", "1")
    peer.valid.clear()
    assert api.send(Msisdn(CITIZEN), "encore", "2").message_id == "id-2"
    assert peer.given == 2
    assert peer.taken[0]["senderName"] == "CCS"


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (402, True), (403, True), (429, True), (500, True), (503, True)]
)
def test_refusals_are_told_apart(
    adapter: tuple[Orange, list[float]], peer: OrangeStandIn, status: int, again: bool
) -> None:
    peer.answers = [status]
    with pytest.raises(NotSent) as refused:
        adapter[0].send(Msisdn(CITIZEN), "bonjour", "1")
    assert refused.value.again is again
    assert CITIZEN not in str(refused.value)


def test_no_token_no_address_or_no_id(adapter: tuple[Orange, list[float]], peer: OrangeStandIn) -> None:
    peer.gives_tokens = False
    with pytest.raises(NotSent) as refused:
        adapter[0].send(Msisdn(CITIZEN), "bonjour", "1")
    assert refused.value.again
    with pytest.raises(NotSent) as refused:
        Orange(LOGIN, SENDER, "", f"http://127.0.0.1:{free_port()}").send(Msisdn(CITIZEN), "bonjour", "1")
    assert refused.value.again


def test_an_answer_without_an_id_may_have_been_taken(peer: OrangeStandIn) -> None:
    from flask import Flask

    port, app = free_port(), Flask("orange without ids")
    app.add_url_rule("/oauth/v3/token", view_func=peer.token, methods=["POST"])
    app.add_url_rule("/smsmessaging/<path:_>", view_func=lambda _: ({}, 201), methods=["POST"])
    with served(app, port), pytest.raises(PerhapsSent):
        Orange(LOGIN, SENDER, "", f"http://127.0.0.1:{port}").send(Msisdn(CITIZEN), "bonjour", "1")


@pytest.mark.parametrize(
    ("hook", "body"),
    [
        ("sms", {}),
        ("sms", sms_in("", CITIZEN, "")),
        ("sms", sms_in("m", "nobody", "x")),
        ("sms", {"inboundSMSMessageNotification": [1]}),
        ("delivery", {}),
        ("delivery", receipt("1", CITIZEN, "")),
        ("opt-out", {}),
    ],
)
def test_what_cannot_be_understood_is_400_and_changes_nothing(
    gateway: Gateway, hook: str, body: dict[str, Any]
) -> None:
    assert gateway.http.post(f"/hooks/{TOKEN}/orange/{hook}", json=body).status_code == 400
    assert states(gateway) == []
