"""The first SMS of a number is filed in a shorter way. It must leave what the longer way leaves, and only once."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from config.pack import Pack
from flows.triage import Triage
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from gateway.sms.new_concerns import LONGEST_TEXT
from storage.concerns.concerns import TEXT
from storage.people.contacts import MSISDN
from storage.tables.concerns import Concern, ConcernEvent
from storage.tables.messages import InboundEvent, OutboxRow
from storage.tables.people import Contact
from tests.support.gateway import SECRET, Gateway

SHORT_WAY, LONG_WAY = "+22370005001", "+22370005002"
OWN = {"id", "key_hash", "msisdn_hash", "source", "reference", "concern_id", "subject_id", "contact_id"}
"""Columns that differ from row to row."""
TEXTS = (
    "on a volé ma moto à Lafiabougou hier",
    "Au secours, ils tirent à Lafiabougou",
    "stop, je ne veux plus de messages, les bandits sont à Lafiabougou",
    "u ye n ka moto sonya Lafiabugu",
    "vol à Lafiabougou " * 300,
    "💥 ߞߊ߲߬",
)


@pytest.fixture
def with_older_secret(gateway: Gateway, loaded: tuple[Pack, Triage]) -> Iterator[Gateway]:
    """The same gateway after a change of its secret: a number may be known by the older one, so the way is long."""
    settings = gateway.deployment.settings.model_copy(update={"secret_keys": (SECRET, "the secret before this one")})
    deployment = Deployment.open(settings, gateway.clock, loaded)
    yield Gateway(deployment, create_app(settings, deployment), gateway.clock)
    deployment.close()


def post(gateway: Gateway, number: str, text: str, id: str) -> int:
    form = {"id": id, "from": number, "to": "36223", "date": "", "text": text}
    return gateway.app.test_client().post(gateway.hook("sms"), data=form).status_code


def left_by(gateway: Gateway, number: str) -> list[dict[str, Any]]:
    """All rows that the only SMS of a number has left, without what differs from row to row."""
    vault, rows = gateway.deployment.vault, []
    with gateway.deployment.database.read() as transaction:
        contact = next(
            row
            for row in transaction.scalars(select(Contact))
            if vault.open(MSISDN, row.msisdn_sealed or b"") == number
        )
        concern = transaction.scalars(select(Concern).where(Concern.contact_id == contact.id)).one()
        work = transaction.scalars(select(OutboxRow).where(OutboxRow.subject_id == concern.id)).one()
        event = transaction.scalars(select(ConcernEvent).where(ConcernEvent.concern_id == concern.id)).one()
        for row in (contact, concern, work, event):
            rows.append({name: value for name, value in vars(row).items() if name not in OWN | {"_sa_instance_state"}})
    assert vault.open(MSISDN, rows[0].pop("msisdn_sealed")) == number
    rows[1]["text"] = vault.open(TEXT, rows[1].pop("text_sealed"))
    return rows


def count(gateway: Gateway, table: type) -> int:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("text", TEXTS)
def test_the_short_way_leaves_what_the_long_one_leaves(gateway: Gateway, with_older_secret: Gateway, text: str) -> None:
    assert post(gateway, SHORT_WAY, text, "1") == 200
    events = count(gateway, InboundEvent)
    assert post(with_older_secret, LONG_WAY, text, "2") == 200
    assert left_by(gateway, SHORT_WAY) == left_by(gateway, LONG_WAY)
    assert count(gateway, InboundEvent) == 2 * events


def test_a_long_first_sms_is_cut_and_marked(gateway: Gateway) -> None:
    post(gateway, SHORT_WAY, TEXTS[4], "1")
    with gateway.deployment.database.read() as transaction:
        concern = transaction.scalars(select(Concern)).one()
        assert len(gateway.deployment.vault.open(TEXT, concern.text_sealed or b"")) <= LONGEST_TEXT
        assert concern.reasons == ["text_cut"]


@pytest.mark.parametrize("is_copy", [True, False])
def test_first_sms_that_come_at_the_same_moment_are_each_filed_once(gateway: Gateway, is_copy: bool) -> None:
    together = threading.Barrier(6)
    answers: list[int] = []

    def send(number: int) -> None:
        together.wait()
        words = "on a volé ma moto à Lafiabougou" + ("" if is_copy else f" {number}")
        answers.append(post(gateway, SHORT_WAY, words, "1" if is_copy else str(number)))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    assert count(gateway, Concern) == (1 if is_copy else 6)
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact)).one().reports_that_day == (1 if is_copy else 6)


def test_the_same_words_with_another_id_are_known_from_the_first_sms(gateway: Gateway) -> None:
    for id in "123":
        assert post(gateway, SHORT_WAY, "on a volé ma moto à Lafiabougou", id) == 200
    assert count(gateway, Concern) == 1
