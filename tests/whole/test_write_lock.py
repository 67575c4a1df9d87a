"""Nothing slow happens inside SQLite's write lock: others can write while pages and documents are made."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import CodeType, FrameType
from typing import Any

import pytest
from flask import render_template
from sqlalchemy import select

from flows.similar_texts import group_like
from gateway.committees.agenda_items import lock_item
from gateway.committees.recommendations import recommend
from gateway.data_protection.retention import purge_now
from gateway.documents.docx import docx
from gateway.documents.ics import ics
from gateway.documents.pdf import pdf
from gateway.runtime.rate_limits import RateLimits
from gateway.worker.triage import read_batch
from storage.concerns.concerns import NewConcern, insert_concern
from storage.enumerations import Role, Work
from storage.messages.outbox import claim_work
from storage.people.password_hashes import PIN as PIN_HASHER
from storage.people.password_hashes import HashedWhileWriting, hash_secret, is_secret
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from storage.write_group import Turn
from storage.write_queue import own_turn
from tests.support.aggregators import DIALECTS, NewestPhone
from tests.support.browsing import Desk, sign_in
from tests.support.commands import Run
from tests.support.gateway import TOKEN, Gateway

pytestmark = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
COMMUNE_IV = "ml-bamako-commune-iv"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator("iv@example.org", Role.ADMINISTRATOR, COMMUNE_IV)
    return sign_in(gateway, "iv@example.org")


@pytest.fixture
def paths(gateway: Gateway) -> dict[str, str]:
    """The addresses of what a report of Commune IV leads to."""
    gateway.phone("+22370001001").write("aucun lampadaire ne marche à Lafiabougou")
    gateway.work()
    with gateway.deployment.database.write() as transaction:
        concern = transaction.scalars(select(Concern)).one()
        item = transaction.scalars(select(AgendaItem)).one()
        number = recommend(
            gateway.deployment, transaction, lock_item(transaction, item.id), "iv@example.org", "Éclairer."
        ).number
    meeting = f"committees/{COMMUNE_IV}/meetings/{item.meeting_id}"
    return {
        "concern": f"concerns/{concern.reference}", "item": f"items/{item.id}", "meeting": meeting,
        "recommendation": f"recommendations/{number}", "agenda.pdf": f"{meeting}/ordre-du-jour.pdf",
        "minutes.docx": f"{meeting}/proces-verbal.docx", "calendar": f"{meeting}/reunion.ics",
    }  # fmt: skip


@contextmanager
def looked_at(gateway: Gateway, *slow: Callable[..., Any]) -> Iterator[list[bool]]:
    """Whether another connection could write, each time that one of the slow functions was called."""
    codes: set[CodeType] = {function.__code__ for function in slow}
    path = gateway.deployment.database.engine.url.database or ""
    could_write: list[bool] = []

    def look(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or frame.f_code not in codes:
            return
        # Patient with delivery reports that come in meanwhile; the caller's own transaction cannot end while we wait.
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            could_write.append(True)
        except sqlite3.OperationalError:
            could_write.append(False)
        finally:
            connection.close()

    sys.setprofile(look)
    try:
        yield could_write
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("page", ["concern", "item", "meeting", "recommendation"])
def test_a_page_is_rendered_after_its_transaction(
    gateway: Gateway, desk: Desk, paths: dict[str, str], page: str
) -> None:
    with looked_at(gateway, render_template) as could_write:
        assert desk.http.get(f"/queue/{paths[page]}").status_code == 200
    assert could_write == [True]


@pytest.mark.parametrize(
    "path",
    ["", "campaigns", f"committees/{COMMUNE_IV}", "items/999", "concerns/CCS-9999", "recommendations/R-2026-999"],
)
def test_lists_and_refusals_are_rendered_after_their_transaction(gateway: Gateway, desk: Desk, path: str) -> None:
    with looked_at(gateway, render_template) as could_write:
        desk.http.get(f"/queue/{path}")
    assert could_write == [True]


@pytest.mark.parametrize(("paper", "draw"), [("agenda.pdf", pdf), ("minutes.docx", docx), ("calendar", ics)])
def test_a_paper_is_drawn_after_its_transaction(
    gateway: Gateway, desk: Desk, paths: dict[str, str], paper: str, draw: Callable[..., bytes]
) -> None:
    with looked_at(gateway, draw) as could_write:
        assert desk.http.get(f"/queue/{paths[paper]}").status_code == 200
    assert could_write == [True]


def test_texts_are_compared_after_the_transaction(gateway: Gateway, desk: Desk) -> None:
    with looked_at(gateway, group_like) as could_write:
        assert desk.http.get("/queue/campaigns").status_code == 200
    assert could_write == [True]


def written_meanwhile(gateway: Gateway, chore: Callable[[], object]) -> int:
    """How many times a citizen's thread could write while a chore ran."""
    database, began, ended, count = gateway.deployment.database, Event(), Event(), 0

    def write() -> None:
        nonlocal count
        while not ended.is_set():
            with database.write():
                count += 1
            began.set()

    thread = Thread(target=write)
    thread.start()
    assert began.wait(10)
    before, turn = count, own_turn.set(Turn.CHORE)
    try:
        chore()
        return count - before
    finally:
        own_turn.reset(turn)
        ended.set()
        thread.join()


def many_reports(gateway: Gateway, count: int) -> None:
    """So many reports that wait to be read."""
    deployment = gateway.deployment
    with deployment.database.write() as transaction:
        for number in range(count):
            new = NewConcern(("many", str(number)), "sms", "aucun lampadaire ne marche à Lafiabougou")
            insert_concern(transaction, deployment.vault, new, deployment.now())


def test_citizens_write_between_the_slices_of_a_batch_that_is_read(gateway: Gateway) -> None:
    many_reports(gateway, 100)
    with gateway.deployment.database.write() as transaction:
        claim = claim_work(transaction, Work.TRIAGE, gateway.clock(), 100)
    assert len(claim.subjects) == 100
    assert written_meanwhile(gateway, lambda: read_batch(gateway.deployment, claim)) >= 5


def test_citizens_write_while_a_night_is_purged(gateway: Gateway) -> None:
    many_reports(gateway, 1000)
    gateway.clock.forward(days=400)
    assert written_meanwhile(gateway, lambda: purge_now(gateway.deployment, "test")) >= 5


def test_redis_counts_an_sms_before_its_transaction(gateway: Gateway) -> None:
    with looked_at(gateway, RateLimits.count_all) as could_write:
        gateway.phone("+22370001001").write("aucun lampadaire ne marche à Lafiabougou")
    assert could_write
    assert all(could_write)


def test_a_pin_is_hashed_after_its_transaction_whichever_way_it_comes(gateway: Gateway, run: Run) -> None:
    """Chosen and shown over USSD, in a session that is replayed, by SMS, changed, with an invitation."""
    secretary, newcomer = "+22370009001", "+22370009002"
    gateway.secretary(COMMUNE_IV, secretary)
    invited = run("people", "add-secretary", "Commune IV", newcomer).stdout.split("invitation")[1].strip()
    newest = NewestPhone(
        secretary, gateway.http, f"/hooks/{TOKEN}", DIALECTS[0], lambda: gateway.clock.forward(seconds=3)
    )
    phone = gateway.phone(secretary)
    with looked_at(gateway, hash_secret, is_secret) as could_write:
        gateway.first_pin(secretary)
        newest.dial()
        newest.type("1", "4712", "4711")
        phone.dial()
        gateway.deployment.redis.flushall()
        phone.type("1*4711")
        for text in ("PIN 4711", "PIN 4711 8642", "PIN 1111"):
            phone.write(text)
        gateway.phone(newcomer).write(f"PIN {invited} 2468")
    assert could_write == [True] * 9
    assert "ordre du jour" in newest.screen.lower()
    assert "ordre du jour" in phone.screen.lower()
    gateway.work()
    assert [text.split(".")[0] for text in gateway.inbox(newcomer)] == ["CCS : code enregistré"]


def test_a_password_is_hashed_after_its_transaction_by_command_and_by_page(
    gateway: Gateway, desk: Desk, run: Run
) -> None:
    with looked_at(gateway, hash_secret, is_secret) as could_write:
        assert run("people", "add-admin", "other@example.org", "--role", "observer").exit_code == 0
        desk.send("/queue/account", "password", old="a password of the tests", new="another password")
    assert could_write == [True] * 3


def test_a_hash_inside_a_write_transaction_is_refused(gateway: Gateway) -> None:
    with gateway.deployment.database.write():
        with pytest.raises(HashedWhileWriting):
            hash_secret("4711", PIN_HASHER)
        with pytest.raises(HashedWhileWriting):
            is_secret("", "4711", PIN_HASHER)
    assert is_secret(hash_secret("4711", PIN_HASHER), "4711", PIN_HASHER)
