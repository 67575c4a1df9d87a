"""A real Kannel: SMS come in from an operator, ours go out, and its reports change the state of messages."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, request
from sqlalchemy import select

from config.settings import Settings
from flows.msisdn import Msisdn
from flows.triage import Triage
from gateway.app import create_app
from gateway.outbound.provider_routing import provider_routing
from gateway.providers.base import NotSent
from gateway.providers.kannel import Kannel as Adapter
from gateway.runtime.deployment import Deployment
from gateway.worker.dispatcher import drain_all
from storage.concerns.concerns import TEXT
from storage.enumerations import MessageState
from storage.messages.listing import send_again
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from tests.support.gateway import TOKEN, Clock, Gateway
from tests.support.kannel import Kannel, kannel
from tests.support.servers import free_port, served
from tests.support.waiting import eventually

CITIZEN = "+22370001001"
pytestmark = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)


@pytest.fixture
def peer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Kannel, int]]:
    """A running Kannel and the port at which it expects the gateway; the parameter says whether it joins long SMS."""
    port = free_port()
    hooks = f"http://127.0.0.1:{port}/hooks/{TOKEN}/kannel"
    with kannel(tmp_path, hooks, combine=getattr(request, "param", True)) as running:
        yield running, port


@pytest.fixture
def by_kannel(
    peer: tuple[Kannel, int], make_settings: Callable[..., Settings], loaded: tuple[object, Triage], clock: Clock
) -> Iterator[Gateway]:
    operator, port = peer
    settings = make_settings(
        sms_provider="kannel", kannel_url=operator.url, kannel_username="ccs", kannel_password="secret", port=port
    )
    deployment = Deployment.open(settings, clock, loaded)  # type: ignore[arg-type]
    app = create_app(settings, deployment)
    with served(app, port):
        yield Gateway(deployment, app, clock)
    deployment.close()


def concerns(gateway: Gateway) -> list[Concern]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Concern).order_by(Concern.id)))


def states(gateway: Gateway) -> list[MessageState]:
    with gateway.deployment.database.read() as transaction:
        return list(transaction.scalars(select(Message.state).order_by(Message.id)))


def test_an_sms_comes_in_its_answer_goes_out_and_the_report_says_delivered(
    by_kannel: Gateway, peer: tuple[Kannel, int]
) -> None:
    operator, _ = peer
    operator.deliver(CITIZEN.removeprefix("+"), "on a volé ma moto à Lafiabougou hier")
    (concern,) = eventually(lambda: concerns(by_kannel))
    assert by_kannel.deployment.vault.open(TEXT, concern.text_sealed or b"") == "on a volé ma moto à Lafiabougou hier"
    by_kannel.work()
    eventually(lambda: states(by_kannel) == [MessageState.DELIVERED])
    assert f"<36223 {CITIZEN} text CCS : message recu, réf {concern.reference}." in operator.received()


def test_letters_outside_gsm_come_in_whole(by_kannel: Gateway, peer: tuple[Kannel, int]) -> None:
    operator, _ = peer
    text = "sɔnw ye n ka moto sɔnyɛ Lafiabugu, مرحبا é"
    operator.deliver("70001001", text)  # in national form, as some operators do
    (concern,) = eventually(lambda: concerns(by_kannel))
    assert by_kannel.deployment.vault.open(TEXT, concern.text_sealed or b"") == text


@pytest.mark.parametrize("peer", [True, False], indirect=True, ids=["joined by Kannel", "joined by us"])
def test_a_long_sms_is_one_concern_whoever_joins_its_parts(by_kannel: Gateway, peer: tuple[Kannel, int]) -> None:
    operator, _ = peer
    for number, text in ((2, "Lafiabougou+hier+soir"), (1, "on+a+vol%E9+ma+moto+a+")):
        operator.deliver_part(CITIZEN.removeprefix("+"), 77, number, 2, text)
    (concern,) = eventually(lambda: concerns(by_kannel))
    text = by_kannel.deployment.vault.open(TEXT, concern.text_sealed or b"")
    assert text.startswith("on a vol")
    assert text.endswith("a Lafiabougou hier soir")


def test_what_smsbox_reports_late_of_a_first_attempt_leaves_the_second_alone(
    by_kannel: Gateway, peer: tuple[Kannel, int]
) -> None:
    operator, _ = peer
    operator.deliver(CITIZEN, "AIDE")
    eventually(lambda: states(by_kannel))
    by_kannel.work()
    with by_kannel.deployment.database.read() as transaction:
        first = transaction.scalars(select(Message.provider_message_id)).one() or ""
    eventually(lambda: states(by_kannel) == [MessageState.DELIVERED])
    with by_kannel.deployment.database.write() as transaction:
        message = transaction.scalars(select(Message)).one()
        message.state = MessageState.FAILED  # as if it had not been
    again(by_kannel)
    told(by_kannel, first, 2)
    eventually(lambda: states(by_kannel) == [MessageState.DELIVERED])


def test_with_no_operator_a_message_waits_in_kannel_and_goes_when_one_is_back(
    by_kannel: Gateway, peer: tuple[Kannel, int]
) -> None:
    operator, _ = peer
    operator.deliver(CITIZEN, "AIDE")
    eventually(lambda: states(by_kannel))
    operator.stop_operator()
    by_kannel.work()
    assert states(by_kannel)[0] in (MessageState.SENT, MessageState.QUEUED)
    operator.start_operator()
    by_kannel.clock.forward(hours=3)

    def delivered() -> bool:
        by_kannel.work()
        return states(by_kannel) == [MessageState.DELIVERED]

    eventually(delivered)


def test_kannel_away_is_tried_again_and_nothing_is_lost(by_kannel: Gateway, peer: tuple[Kannel, int]) -> None:
    operator, _ = peer
    operator.deliver(CITIZEN, "AIDE")
    eventually(lambda: states(by_kannel))
    smsbox = operator.processes[-1]
    smsbox.terminate()
    smsbox.wait(10)
    assert drain_all(by_kannel.deployment, provider_routing(by_kannel.deployment.settings), time.monotonic() + 20)
    assert states(by_kannel) == [MessageState.QUEUED]


class Box:
    """A stand-in for smsbox that accepts everything and remembers the id in each report address."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.app = Flask("smsbox")
        self.app.add_url_rule("/cgi-bin/sendsms", view_func=self._take)

    def _take(self) -> tuple[str, int]:
        (id,) = parse_qs(urlsplit(request.args["dlr-url"]).query)["id"]
        self.ids.append(id)
        return "0: Accepted for delivery", 202


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    smsbox, port = Box(), free_port()
    with served(smsbox.app, port):
        yield smsbox, port


@pytest.fixture
def by_box(
    box: tuple[Box, int], make_settings: Callable[..., Settings], loaded: tuple[object, Triage], clock: Clock
) -> Iterator[Gateway]:
    settings = make_settings(sms_provider="kannel", kannel_url=f"http://127.0.0.1:{box[1]}", kannel_username="ccs")
    deployment = Deployment.open(settings, clock, loaded)  # type: ignore[arg-type]
    yield Gateway(deployment, create_app(settings, deployment), clock)
    deployment.close()


def told(gateway: Gateway, id: str, status: int) -> None:
    """Sends a delivery report as smsbox does."""
    assert gateway.http.get(f"/hooks/{TOKEN}/kannel/delivery?id={id}&status={status}").status_code == 200


def again(gateway: Gateway) -> None:
    with gateway.deployment.database.write() as transaction:
        assert send_again(
            transaction, gateway.deployment.pack, transaction.scalars(select(Message.id)).one(), gateway.clock()
        )
    gateway.work()


def send_one(gateway: Gateway) -> None:
    assert gateway.http.get(f"/hooks/{TOKEN}/kannel/sms?from=%2B22370001001&text=AIDE&id=1").status_code == 200
    gateway.work()
    assert states(gateway) == [MessageState.SENT]


def test_each_attempt_has_an_id_that_nobody_can_guess(by_box: Gateway, box: tuple[Box, int]) -> None:
    send_one(by_box)
    told(by_box, box[0].ids[0], 2)
    again(by_box)
    first, second = box[0].ids
    assert first != second
    assert min(len(first), len(second)) >= 20


def test_the_first_attempts_receipts_do_not_settle_the_second(by_box: Gateway, box: tuple[Box, int]) -> None:
    send_one(by_box)
    told(by_box, box[0].ids[0], 2)
    assert states(by_box) == [MessageState.FAILED]
    again(by_box)
    assert states(by_box) == [MessageState.SENT]
    told(by_box, box[0].ids[0], 16)
    told(by_box, box[0].ids[0], 2)
    assert states(by_box) == [MessageState.SENT]
    told(by_box, box[0].ids[1], 1)
    assert states(by_box) == [MessageState.DELIVERED]


def test_that_an_earlier_attempt_was_delivered_counts(by_box: Gateway, box: tuple[Box, int]) -> None:
    send_one(by_box)
    told(by_box, box[0].ids[0], 16)
    again(by_box)
    told(by_box, box[0].ids[0], 1)
    assert states(by_box) == [MessageState.DELIVERED]


def test_receipts_of_another_database_settle_nothing(by_box: Gateway) -> None:
    for id in range(1, 6):
        told(by_box, str(id), 2)
        told(by_box, str(id), 1)
    send_one(by_box)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("id=1", 400),
        ("id=1&status=99", 200),
        ("status=1", 400),
        ("id=unknown&status=1", 200),
    ],
)
def test_reports_that_cannot_be_understood_are_400(gateway: Gateway, query: str, status: int) -> None:
    assert gateway.http.get(f"/hooks/{TOKEN}/kannel/delivery?{query}").status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=%2B22370001001&text=on+a+vol%C3%A9&id=1&charset=UTF-8", 200),
        ("from=70001001&text=%00v%00o%00l&id=1&charset=UTF-16BE", 200),
        ("from=70001001&text=vol&id=1&charset=KLINGON", 200),
        ("from=nobody&text=vol&id=1", 400),
        ("from=70001001&text=vol", 400),
        ("", 400),
    ],
)
def test_sms_in_by_get_as_kannel_sends_them(gateway: Gateway, query: str, status: int) -> None:
    assert gateway.http.get(f"/hooks/{TOKEN}/kannel/sms?{query}").status_code == status
    assert len(concerns(gateway)) == (1 if status == 200 else 0)


def test_a_provider_that_posts_is_not_heard_by_get(gateway: Gateway) -> None:
    assert gateway.http.get(gateway.hook("sms")).status_code == 405
    assert gateway.http.post(f"/hooks/{TOKEN}/kannel/ussd").text.startswith("Service indisponible")


def test_what_smsbox_refuses_is_told_apart(gateway: Gateway) -> None:
    wanted = {"not sent, again": (503, NotSent), "login": (403, NotSent), "form": (400, NotSent)}
    for status, error in wanted.values():
        box, port = Flask("smsbox"), free_port()
        box.add_url_rule("/cgi-bin/sendsms", view_func=lambda status=status: ("no", status))
        with served(box, port), pytest.raises(error) as refused:
            Adapter(f"http://127.0.0.1:{port}", "u", "p", "http://x").send(Msisdn(CITIZEN), "text", "1")
        assert refused.value.again is (status != 400)
    with pytest.raises(NotSent):
        Adapter(f"http://127.0.0.1:{free_port()}", "u", "p", "http://x").send(Msisdn(CITIZEN), "text", "1")
