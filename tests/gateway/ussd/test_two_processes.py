"""Two web processes on one database: a request that the network sends to both files its report once."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from config.pack import Pack
from flows.triage import Triage
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from storage.database import Database
from storage.tables.concerns import Concern
from tests.support.gateway import Gateway
from tests.support.phones import Phone, reference_in
from tests.support.waiting import eventually

REPORT = ("1", "1", "2", "1", "lafiabougou", "1", "on a volé ma moto hier", "1", "1")
AT_ONCE = 6
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture(params=["with Redis", "without Redis"])
def other(
    request: pytest.FixtureRequest, gateway: Gateway, loaded: tuple[Pack, Triage], tmp_path: Path
) -> Iterator[Gateway]:
    """A second process of the same gateway, with the same Redis, or cut off from it."""
    settings = gateway.deployment.settings
    if request.param == "without Redis":
        settings = settings.model_copy(update={"redis_url": f"unix://{tmp_path}/nobody.sock"})
    deployment = Deployment.open(settings, gateway.clock, loaded)
    yield Gateway(deployment, create_app(settings, deployment), gateway.clock)
    deployment.close()


def about_to_send(gateway: Gateway, is_known: bool = False) -> Phone:
    """A phone with a report that its next request files."""
    phone = gateway.phone()
    if is_known:
        phone.report()
    phone.dial()
    phone.type(*(("1", "2", "1", "1", "on a volé ma moto hier") if is_known else REPORT[:-1]))
    phone.text += f"*{REPORT[-1]}"
    return phone


def the_same_session(phone: Phone, gateway: Gateway) -> Phone:
    """The phone with its session, as another process sees it: the network sends the last request there."""
    copy = Phone(phone.msisdn, gateway.app.test_client(), gateway.hook("ussd"), gateway.hook("sms"))
    copy.session_id, copy.text = phone.session_id, phone.text
    return copy


def count_concerns(gateway: Gateway) -> int | None:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).select_from(Concern))


def count_waiting(gateway: Gateway) -> int:
    """How many connections to PostgreSQL wait for a lock."""
    with gateway.deployment.database.read() as transaction:
        return int(transaction.execute(text(WAITING)).scalar_one())


@pytest.mark.parametrize("files", ["this", "other"])
@pytest.mark.parametrize("forgets", [False, True])
def test_what_one_process_has_filed_the_other_answers_with_the_same_reference(
    gateway: Gateway, other: Gateway, files: str, forgets: bool
) -> None:
    first, second = (gateway, other) if files == "this" else (other, gateway)
    phone = first.phone()
    phone.dial()
    phone.type(*REPORT)
    if forgets:
        gateway.deployment.redis.flushall()
    again = the_same_session(phone, second)
    assert reference_in(again.request()) == reference_in(phone.screen)
    assert reference_in(the_same_session(phone, first).request()) == reference_in(phone.screen)
    assert count_concerns(gateway) == 1


@pytest.mark.parametrize("is_known", [False, True])
def test_a_last_request_that_reaches_both_at_the_same_moment_files_one_report(
    gateway: Gateway, other: Gateway, is_known: bool
) -> None:
    phone = about_to_send(gateway, is_known)
    before = count_concerns(gateway) or 0
    phones = [the_same_session(phone, each) for each in (gateway, other) for _ in range(AT_ONCE // 2)]
    together = threading.Barrier(len(phones))

    def send(copy: Phone) -> None:
        together.wait()
        copy.request()

    threads = [threading.Thread(target=send, args=(copy,)) for copy in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({reference_in(copy.screen) for copy in phones}) == 1
    assert count_concerns(gateway) == before + 1


def just_before(database: Database, part: str, act: Callable[[], object]) -> None:
    """Calls `act` once, in another thread, before the database executes the first statement that has this part."""
    acting = threading.Thread(target=act)

    def before(*arguments: Any) -> None:
        if part in arguments[2] and acting.ident is None:
            acting.start()
            acting.join()

    event.listen(database.engine, "before_cursor_execute", before)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_report_that_is_filed_while_another_process_rebuilds_its_session_is_answered_with_its_reference(
    gateway: Gateway, other: Gateway, is_known: bool
) -> None:
    phone = about_to_send(gateway, is_known)
    again = the_same_session(phone, other)
    gateway.deployment.redis.flushall()  # so that the other process rebuilds the session, whether it has Redis or not
    just_before(other.deployment.database, "contacts", phone.request)
    again.request()
    assert reference_in(again.screen) == reference_in(phone.screen)


@pytest.mark.parametrize("setting", ["3", "4"])
def test_a_setting_that_is_switched_while_another_process_rebuilds_its_session_is_not_switched_back(
    gateway: Gateway, other: Gateway, setting: str
) -> None:
    phone = gateway.phone()
    phone.report()
    phone.dial()
    phone.type("5")
    phone.text += f"*{setting}"
    again = the_same_session(phone, other)
    gateway.deployment.redis.flushall()
    just_before(other.deployment.database, "inbound_events", phone.request)
    again.request()
    assert again.screen == phone.screen


@pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)
def test_the_other_process_waits_for_a_report_that_is_still_being_written(gateway: Gateway, other: Gateway) -> None:
    phone = about_to_send(gateway)
    phones = [the_same_session(phone, each) for each in (gateway, other)]
    threads = [threading.Thread(target=copy.request) for copy in phones]
    with gateway.deployment.database.engine.connect() as connection:
        connection.execute(text("LOCK TABLE concern_events IN SHARE MODE"))  # both have begun, neither can end
        for thread in threads:
            thread.start()
        eventually(lambda: count_waiting(gateway) == len(phones))
    for thread in threads:
        thread.join()
    assert reference_in(phones[0].screen) == reference_in(phones[1].screen)
    assert count_concerns(gateway) == 1
