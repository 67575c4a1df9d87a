"""How far a session has come waits in Redis for the worker; what that may lose, and what it never brings back."""

import pytest
from sqlalchemy import func, select

from gateway.ussd import progress
from storage.tables.concerns import Concern, Draft
from storage.tables.people import Contact
from tests.support.cut_off_reports import known
from tests.support.gateway import Gateway
from tests.support.phones import Phone

NUMBER = "+22370001901"
UNTIL_WORDS = ("1", "1", "2", "1", "banconi", "1")
WORDS = "on a volé ma moto hier"


def begun(gateway: Gateway) -> Phone:
    """A newcomer's report as far as the summary, of somebody who may be answered."""
    phone = gateway.phone(NUMBER)
    phone.dial()
    phone.type(*UNTIL_WORDS, WORDS, "1")
    assert phone.screen.startswith("Vol, cambriolage")
    return phone


def count(gateway: Gateway, table: type[Concern | Contact | Draft]) -> int:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalar(select(func.count()).select_from(table)) or 0


def test_until_the_worker_comes_nothing_of_it_is_in_the_database_and_dialling_again_goes_on(gateway: Gateway) -> None:
    phone = begun(gateway)
    assert (count(gateway, Contact), count(gateway, Draft)) == (0, 0)
    where = phone.screen
    assert phone.dial().startswith("Vous aviez commencé : Vol, cambriolage")
    assert phone.type("1") == where
    phone.type("1")
    assert phone.ended
    assert count(gateway, Concern) == 1
    gateway.catch_up()
    assert count(gateway, Draft) == 0
    assert phone.dial().startswith("Comité de sécurité")


def test_the_worker_writes_the_language_and_the_report_of_a_newcomer(gateway: Gateway) -> None:
    phone = begun(gateway)
    gateway.catch_up()
    assert (count(gateway, Contact), count(gateway, Draft)) == (1, 1)
    gateway.catch_up()
    assert (count(gateway, Contact), count(gateway, Draft)) == (1, 1)
    gateway.deployment.redis.flushall()
    assert phone.dial().startswith("Vous aviez commencé : Vol, cambriolage")


def test_losing_redis_loses_what_was_not_written_yet_and_never_a_report(gateway: Gateway) -> None:
    reference = begun(gateway).type("1")
    other_phone = gateway.phone("+22370001902")
    other_phone.dial()
    other_phone.type(*UNTIL_WORDS)
    gateway.deployment.redis.flushall()
    gateway.catch_up()
    assert "CCS-" in reference
    assert (count(gateway, Concern), count(gateway, Draft)) == (1, 0)
    assert other_phone.type(WORDS, "1", "1").startswith("Merci")  # its session is replayed
    assert count(gateway, Concern) == 2


def test_without_redis_it_is_written_at_once(gateway_without_redis: Gateway) -> None:
    begun(gateway_without_redis)
    assert (count(gateway_without_redis, Contact), count(gateway_without_redis, Draft)) == (1, 1)


@pytest.mark.parametrize(
    ("keys", "filed"), [(("1",), 1), (("2",), 0), (("0", "2"), 0)], ids=["sent", "cancelled", "no"]
)
def test_what_is_sent_or_dropped_while_the_worker_writes_it_does_not_come_back(
    gateway: Gateway, keys: tuple[str, ...], filed: int
) -> None:
    phone = begun(gateway)
    (read_before,) = gateway.deployment.sessions.progress.waiting(progress.GROUP)
    assert read_before
    phone.type(*keys)
    progress._write(gateway.deployment, read_before)
    gateway.catch_up()
    assert (count(gateway, Concern), count(gateway, Draft)) == (filed, 0)


def test_who_is_erased_while_the_worker_writes_does_not_come_back(gateway: Gateway) -> None:
    phone = begun(gateway)
    (read_before,) = gateway.deployment.sessions.progress.waiting(progress.GROUP)
    gateway.clock.forward(seconds=1)
    phone.dial()
    phone.type("2", "5", "2", "1")
    assert "effacé" in phone.screen
    progress._write(gateway.deployment, read_before)
    gateway.catch_up()
    assert (count(gateway, Contact), count(gateway, Draft)) == (0, 0)


def test_redis_holds_no_number_and_no_word_of_it(gateway: Gateway) -> None:
    begun(gateway)
    (entries,) = gateway.deployment.sessions.progress.waiting(10)
    (sealed,) = entries.values()
    assert "volé".encode() not in sealed
    assert NUMBER[4:].encode() not in sealed


def test_a_language_chosen_in_the_settings_is_kept_at_once(gateway: Gateway) -> None:
    phone = known(gateway)
    phone.dial()
    phone.type("5", "1", "2")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact.language)).one() == "bm"


def test_the_worker_leaves_a_session_alone_that_still_goes_on(gateway: Gateway) -> None:
    begun(gateway)
    assert progress.write_waiting_progress(gateway.deployment, progress.RESTS_AFTER) == 0
    gateway.clock.forward(seconds=progress.RESTS_AFTER.total_seconds())
    assert progress.write_waiting_progress(gateway.deployment, progress.RESTS_AFTER) == 1
    assert count(gateway, Draft) == 1
    assert progress.write_waiting_progress(gateway.deployment, progress.RESTS_AFTER) == 0
