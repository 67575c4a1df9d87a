"""A restore brings back nobody who was erased since the backup, and sends no SMS again."""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from flows.msisdn import Msisdn
from gateway.data_protection.subject_access import forget
from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import sweep_all
from storage.enumerations import MessageState
from storage.people.contacts import find_contact
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from tests.support.chaos import Stack, embedded, grown_up
from tests.support.commands import Run
from tests.support.gateway import SECRET, Gateway
from tests.support.phones import Phone
from tests.support.waiting import eventually

GONE, STAYS = "+22370001001", "+22370001002"
SOMEBODY_ELSE = "+22370001003"
WORDS = "on a volé ma moto à Lafiabougou hier soir"


@pytest.fixture
def backup(gateway: Gateway, run: Run, tmp_path: Path) -> str:
    """Two people have reported, neither report is read, and an answer to each is queued; then the one is erased and
    the answer to the other is sent."""
    for msisdn in (GONE, STAYS):
        gateway.phone(msisdn).write(WORDS)
        gateway.phone(msisdn).write("AIDE")
    file = tmp_path / "copy.sealed"
    assert run("backup", str(file)).exit_code == 0
    gateway.phone(GONE).erase()
    gateway.work()
    assert len(gateway.inbox(STAYS)) == 2
    # A delivery report that comes while the database is taken away would be another test.
    eventually(lambda: all(state is not MessageState.SENT for state, _ in states(gateway)))
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings), by_the_hour=False)
    return str(file)


def lose_database(gateway: Gateway) -> None:
    """Makes the database unreadable, as when a disk failed."""
    database = gateway.deployment.database
    url = database.engine.url
    database.close()
    if database.is_sqlite:
        place = Path(str(url.database))
        for file in place.parent.glob(f"{place.name}-*"):
            file.unlink()
        place.write_bytes(os.urandom(8192))
        return
    with psycopg.connect(url.render_as_string(False).replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def states(gateway: Gateway) -> list[tuple[MessageState, str | None]]:
    with gateway.deployment.database.read() as transaction:
        return [
            (message.state, message.reason) for message in transaction.scalars(select(Message).order_by(Message.id))
        ]


def assert_nothing_came_back(gateway: Gateway) -> None:
    with gateway.deployment.database.read() as transaction:
        assert find_contact(transaction, gateway.deployment.vault, GONE) is None  # type: ignore[arg-type]
        assert find_contact(transaction, gateway.deployment.vault, STAYS)  # type: ignore[arg-type]
        texts = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
        assert [text is not None for text in texts] == [False, True]
        [restored] = transaction.scalars(select(AuditLine).where(AuditLine.what == "restored"))
    assert restored.detail["erased"] == 1
    before = gateway.inbox(STAYS)
    gateway.work()
    assert gateway.inbox(STAYS) == before
    assert gateway.inbox(GONE) == []


def test_the_database_that_is_replaced_tells_who_was_erased_and_what_was_sent(
    gateway: Gateway, run: Run, backup: str
) -> None:
    gateway.deployment.database.close()
    (gateway.deployment.settings.data_dir / "journal.sealed").unlink()
    result = run("restore", backup, "--replace")
    assert result.stdout == "2 concerns are back\n", result.stderr
    assert "from the database: 1 erased again" in result.stderr
    assert_nothing_came_back(gateway)


def test_the_journal_tells_it_where_the_database_is_lost(gateway: Gateway, run: Run, backup: str) -> None:
    lose_database(gateway)
    result = run("restore", backup)
    assert result.stdout == "2 concerns are back\n", result.stderr
    assert "from the journal: 1 erased again" in result.stderr
    assert_nothing_came_back(gateway)


def test_another_database_in_its_place_is_no_witness(gateway: Gateway, run: Run, backup: str) -> None:
    lose_database(gateway)
    if gateway.deployment.database.is_sqlite:
        Path(str(gateway.deployment.database.engine.url.database)).unlink()
    gateway.deployment.database.migrate()
    assert "from the journal: 1 erased again" in run("restore", backup).stderr
    assert_nothing_came_back(gateway)


def test_with_neither_it_refuses_or_holds_for_a_person_what_was_queued(gateway: Gateway, run: Run, backup: str) -> None:
    lose_database(gateway)
    (gateway.deployment.settings.data_dir / "journal.sealed").unlink()
    refused = run("restore", backup)
    assert refused.exit_code == 1
    assert "nobody knows who was erased and what was sent since" in refused.stderr
    result = run("restore", backup, "--without-journal")
    assert "from nowhere: 0 erased again, 0 SMS not sent again, 2 held for a person" in result.stderr
    assert states(gateway) == [(MessageState.HELD, "restored")] * 2
    held = [json.loads(line) for line in run("messages", "list", "--state", "held", "--json").stdout.splitlines()]
    assert "queued again" in run("messages", "again", str(held[0]["id"])).stdout
    assert sorted(states(gateway))[0][0] is MessageState.HELD


def test_the_journal_is_sealed_kept_through_new_keys_and_holds_no_number(
    gateway: Gateway, run: Run, backup: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = gateway.deployment.settings.data_dir / "journal.sealed"
    assert oct(file.stat().st_mode)[-3:] == "600"
    newer = "a newer secret of the tests, in front"
    monkeypatch.setenv("SECRET_KEYS", f"{newer},{SECRET}")
    before = file.read_bytes()
    assert run("rotate-keys").exit_code == 0
    assert file.read_bytes() != before
    lose_database(gateway)
    assert "from the journal: 1 erased again" in run("restore", backup).stderr


def test_a_journal_whose_last_line_was_cut_is_read_up_to_there(gateway: Gateway, run: Run, backup: str) -> None:
    file = gateway.deployment.settings.data_dir / "journal.sealed"
    file.write_bytes(file.read_bytes() + b"800:AAAA")
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings), by_the_hour=False)
    lose_database(gateway)
    assert "from the journal: 1 erased again" in run("restore", backup).stderr


def test_who_came_back_by_themselves_before_the_backup_stays(gateway: Gateway, run: Run, tmp_path: Path) -> None:
    gateway.phone(GONE).write(WORDS)
    gateway.phone(GONE).erase()
    gateway.clock.forward(minutes=10)
    gateway.phone(GONE).write("les lampadaires ne marchent pas à Lafiabougou")
    file = tmp_path / "copy.sealed"
    run("backup", str(file))
    gateway.deployment.database.close()
    assert "0 erased again" in run("restore", str(file), "--replace").stderr
    with gateway.deployment.database.read() as transaction:
        assert find_contact(transaction, gateway.deployment.vault, GONE)  # type: ignore[arg-type]


def test_an_sms_that_was_being_sent_at_the_end_waits_for_its_receipt(gateway: Gateway, run: Run, backup: str) -> None:
    with gateway.deployment.database.write() as transaction:
        transaction.execute(
            update(Message).where(Message.state != MessageState.FAILED).values(state=MessageState.SENDING)
        )
    gateway.deployment.database.close()
    run("restore", backup, "--replace")
    assert MessageState.UNCERTAIN in {state for state, _ in states(gateway)}
    assert MessageState.QUEUED not in {state for state, _ in states(gateway)}


def test_what_a_secretary_reported_after_erasing_what_was_before_stays(
    gateway: Gateway, run: Run, tmp_path: Path
) -> None:
    gateway.secretary("ml-bamako-commune-iv", GONE)
    gateway.phone(GONE).write(WORDS)
    with gateway.deployment.database.write() as transaction:
        contact = find_contact(transaction, gateway.deployment.vault, GONE)  # type: ignore[arg-type]
        assert contact
        assert forget(gateway.deployment, transaction, contact, Msisdn(GONE)).keeps_role
    gateway.clock.forward(minutes=10)
    gateway.phone(GONE).write("les lampadaires ne marchent pas à Lafiabougou")
    file = tmp_path / "copy.sealed"
    run("backup", str(file))
    gateway.deployment.database.close()
    assert "0 erased again" in run("restore", str(file), "--replace").stderr
    with gateway.deployment.database.read() as transaction:
        texts = transaction.scalars(select(Concern.text_sealed).order_by(Concern.id)).all()
    assert [text is not None for text in texts] == [False, True]


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("start", [grown_up, embedded], ids=["postgresql", "sqlite"])
def test_a_restore_under_a_running_gateway_sends_nothing_twice_and_goes_on(
    start: Callable[[Path], AbstractContextManager[Stack]], tmp_path: Path
) -> None:
    with start(tmp_path) as stack:
        running = stack.running
        numbers = [f"+223700020{number:02d}" for number in range(20)]

        def phone(msisdn: str) -> Phone:
            return Phone(msisdn, running, running.hook("ussd"), running.hook("sms"))

        def told() -> dict[str, list[str]]:
            return {number: running.inbox(number) for number in numbers}

        stack.mood("refuses_request")  # so that answers are queued when the backup is made
        for number in numbers:
            phone(number).write(WORDS)
        file = str(tmp_path / "copy.sealed")
        running.command("backup", file)
        stack.mood("well")
        running.command("erase", numbers[0])
        eventually(lambda: all(told()[number] for number in numbers[1:]), 60)
        before = told()
        assert running.command("restore", file, "--replace") == "20 concerns are back\n"
        phone(SOMEBODY_ELSE).write(WORDS)
        eventually(lambda: running.inbox(SOMEBODY_ELSE), 60)
        assert told() == before
        assert running.command("export", numbers[0], check=False) == "nothing is held about this number\n"


@pytest.mark.parametrize("database_is_lost", [False, True])
def test_who_wanted_no_more_sms_since_gets_none(
    gateway: Gateway, run: Run, backup: str, database_is_lost: bool
) -> None:
    gateway.clock.forward(minutes=1)
    gateway.phone(STAYS).write("STOP")
    gateway.work()
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings), by_the_hour=False)
    if database_is_lost:
        lose_database(gateway)
    gateway.deployment.database.close()
    assert run("restore", backup, "--replace").exit_code == 0
    before = gateway.inbox(STAYS)
    gateway.phone(STAYS).write("les lampadaires ne marchent pas à Lafiabougou")
    gateway.work()
    assert gateway.inbox(STAYS) == before
