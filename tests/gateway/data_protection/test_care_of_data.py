"""Data protection: erasure, export, purge, backup and restore, key rotation, verification of the audit."""

import json
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.data_protection.key_rotation import rotate_keys
from gateway.data_protection.retention import nightly, purge_now
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import TEXT, NewConcern, insert_concern
from storage.data_protection.backups import back_up
from storage.data_protection.sealed_columns import SEALED, every_sealed_column
from storage.people.contacts import find_contact
from storage.safety.audit import verify_chain, write_line
from storage.safety.vault import Vault, VaultError
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from storage.tables.messages import InboundEvent, Message
from storage.tables.people import Contact
from tests.support.commands import Run, refusal
from tests.support.gateway import SECRET, Gateway
from tests.support.phones import code_in
from tests.support.waiting import eventually

CITIZEN = "+22370001001"
WORDS = "on a volé ma moto à Lafiabougou hier soir"


def reported(gateway: Gateway, msisdn: str = CITIZEN, words: str = WORDS) -> None:
    gateway.phone(msisdn).write(words)
    gateway.work()


def concern(gateway: Gateway) -> Concern:
    with gateway.deployment.database.read() as transaction:
        return transaction.scalars(select(Concern).order_by(Concern.id)).first()  # type: ignore[return-value]


def person(gateway: Gateway, msisdn: str = CITIZEN) -> Contact | None:
    with gateway.deployment.database.read() as transaction:
        return find_contact(transaction, gateway.deployment.vault, msisdn)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["command", "sms", "menu"])
def test_erasure_takes_the_number_and_the_words_and_leaves_a_figure(gateway: Gateway, run: Run, way: str) -> None:
    reported(gateway)
    if way == "command":
        assert "1 reports stay" in run("erase", CITIZEN).stdout
        assert run("erase", CITIZEN).stderr == "nothing is held about this number\n"
    elif way == "sms":
        gateway.phone(CITIZEN).write("effacé")  # what erases is never guessed: this is a word of a message
        gateway.work()
        assert person(gateway)
        gateway.phone(CITIZEN).write("EFFACER")
        gateway.work()
        assert concern(gateway).text_sealed
        gateway.phone(CITIZEN).write(f"EFFACER {code_in(gateway.inbox(CITIZEN)[-1])}")
    else:
        phone = gateway.phone(CITIZEN)
        phone.dial()
        phone.type("1", "5", "2", "1")
        assert phone.screen.startswith("Votre numéro est effacé")
    assert person(gateway) is None
    erased = concern(gateway)
    assert (erased.contact_id, erased.text_sealed, erased.why_sealed) == (None, None, None)
    assert (erased.category, erased.place) == ("theft", "Lafiabougou")
    with gateway.deployment.database.read() as transaction:
        assert set(transaction.scalars(select(Message.text_sealed))) == {None}


def test_an_export_holds_all_that_is_held(gateway: Gateway, run: Run) -> None:
    reported(gateway)
    rows = [json.loads(line) for line in run("export", "70001001").stdout.splitlines()]
    assert [row["kind"] for row in rows] == ["person", "report", "sms"]
    assert (rows[0]["number"], rows[1]["text"], rows[1]["place"]) == (CITIZEN, WORDS, "Lafiabougou")
    assert "reçu" in rows[2]["text"] or "recu" in rows[2]["text"]
    assert run("export", "12").stderr.startswith("that is no phone number")
    with gateway.deployment.database.read() as transaction:
        assert "exported" in transaction.scalars(select(AuditLine.what)).all()


def test_texts_go_after_a_year_numbers_half_a_year_after_they_were_last_of_use(gateway: Gateway) -> None:
    reported(gateway)
    reported(gateway, "+22370001002", "les lampadaires ne marchent pas à Lafiabougou")
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(Concern).where(Concern.id == 1).values(state="closed"))
    gateway.clock.forward(days=170)
    assert purge_now(gateway.deployment, "test").numbers == 0
    gateway.clock.forward(days=20)
    gone = purge_now(gateway.deployment, "test")
    assert (gone.texts, gone.numbers) == (0, 1)
    assert person(gateway) is None
    assert person(gateway, "+22370001002")  # what is open can still be answered
    assert concern(gateway).text_sealed
    gateway.clock.forward(days=180)
    gone = purge_now(gateway.deployment, "test")
    assert gone.texts == 2
    assert (concern(gateway).text_sealed, concern(gateway).category) == (None, "theft")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(InboundEvent)).all() == []


def test_of_a_number_that_is_not_kept_nothing_tells_when_it_reported(gateway: Gateway) -> None:
    gateway.phone().report(answerable="2")
    with gateway.deployment.database.read() as transaction:
        known = transaction.scalars(select(Contact)).one()
        assert (known.msisdn_sealed, known.created_at) == (None, gateway.clock().replace(hour=0))
    gateway.clock.forward(days=1)
    purge_now(gateway.deployment, "tests")
    with gateway.deployment.database.read() as transaction:
        known = transaction.scalars(select(Contact)).one()
        assert (known.reports_on, known.reports_that_day, known.usual_place) == (None, 0, None)


def test_what_was_filed_while_the_clock_stood_years_back_is_as_young_as_what_came_before_it(gateway: Gateway) -> None:
    reported(gateway)
    gateway.clock.forward(days=-2000)
    reported(gateway, "+22370001002", "les lampadaires ne marchent pas à Lafiabougou")
    gateway.clock.forward(days=2000 + 300)
    assert purge_now(gateway.deployment, "test").texts == 0
    gateway.clock.forward(days=70)
    assert purge_now(gateway.deployment, "test").texts == 2


def test_a_category_may_have_a_time_of_its_own(gateway: Gateway) -> None:
    pack = gateway.deployment.pack
    short = {**pack.categories, "theft": replace(pack.categories["theft"], text_months=1)}
    deployment = replace(gateway.deployment, pack=replace(pack, categories=short))
    reported(gateway)
    gateway.clock.forward(days=32)
    assert purge_now(deployment, "test").texts == 1


def test_a_purge_of_many_texts_lets_others_write_in_between(gateway: Gateway) -> None:
    deployment, transactions = gateway.deployment, list[float]()
    with deployment.database.write() as transaction:
        for number in range(1000):
            insert_concern(
                transaction, deployment.vault, NewConcern(("old", str(number)), "sms", WORDS), gateway.clock()
            )
    gateway.clock.forward(days=400)
    deployment.database.on_wait = transactions.append
    assert purge_now(deployment, "test").texts == 1000
    with_texts = len(transactions)
    transactions.clear()
    assert purge_now(deployment, "test").texts == 0
    assert with_texts > len(transactions) + 1


def test_a_person_who_writes_while_an_old_number_is_purged_keeps_it(gateway: Gateway) -> None:
    reported(gateway)
    database, vault = gateway.deployment.database, gateway.deployment.vault
    with database.write() as transaction:
        transaction.execute(update(Concern).values(state="closed"))
        sender = transaction.scalars(select(Contact)).one().id
    gateway.clock.forward(days=200)
    new = NewConcern(("sms", "again"), "sms", WORDS, contact_id=sender)
    purging = threading.Thread(target=purge_now, args=(gateway.deployment, "test"))
    with database.write() as transaction:
        insert_concern(transaction, vault, new, gateway.clock())
        transaction.flush()
        purging.start()
        eventually(lambda: gateway.waits_for_a_lock())
    purging.join()
    with database.read() as transaction:
        assert transaction.scalars(select(Concern.contact_id).order_by(Concern.id.desc())).first() == sender
    assert person(gateway)


def test_every_night_once_whoever_asks_first(gateway: Gateway) -> None:
    gateway.clock.forward(hours=15)  # 01:00
    assert not nightly(gateway.deployment)
    gateway.clock.forward(hours=2)
    assert nightly(gateway.deployment)
    assert not nightly(gateway.deployment)
    gateway.clock.forward(days=1)
    assert nightly(gateway.deployment)


def test_a_clock_that_jumps_a_year_ahead_costs_no_text(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    reported(gateway)
    gateway.clock.forward(hours=17)
    assert nightly(gateway.deployment)
    gateway.clock.forward(days=400)
    assert not nightly(gateway.deployment)
    assert "Is the clock right? Then run `gateway purge` once." in caplog.text
    assert concern(gateway).text_sealed
    purge_now(gateway.deployment, "operator")
    gateway.clock.forward(days=1)
    assert nightly(gateway.deployment)
    assert concern(gateway).text_sealed is None


def test_a_backup_is_sealed_and_comes_back_whole(gateway: Gateway, run: Run, tmp_path: Path) -> None:
    reported(gateway)
    file = tmp_path / "copy.ccs"
    result = run("backup", str(file))
    assert result.exit_code == 0, result.stderr
    body = file.read_bytes()
    assert oct(file.stat().st_mode)[-3:] == "600"
    for secret in (b"SQLite", b"PGDMP", b"Lafiabougou", b"70001001", SECRET.encode()):
        assert secret not in body
    reported(gateway, "+22370001002", "incendie au marché de Banconi maintenant")
    assert "with --replace they go" in run("restore", str(file)).stderr
    gateway.deployment.database.close()
    result = run("restore", str(file), "--replace")
    assert result.stdout == "1 concerns are back\n", result.stderr
    assert gateway.deployment.vault.open(TEXT, concern(gateway).text_sealed or b"") == WORDS
    assert list(tmp_path.glob(".copy*")) == []
    reported(gateway, "+22370001003", "bagarre à Banconi hier")
    with gateway.deployment.database.read() as transaction:
        assert verify_chain(transaction).broken is None


@pytest.mark.parametrize("harm", ["cut", "changed", "appended", "other key", "no backup", "absent"])
def test_a_backup_that_was_harmed_is_refused_and_changes_nothing(
    gateway: Gateway, run: Run, tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(gateway)
    file = tmp_path / "copy.ccs"
    back_up(gateway.deployment.database, gateway.deployment.vault, file, datetime.now(UTC))
    body = file.read_bytes()
    file.write_bytes({"cut": body[:-100], "changed": body[:500] + b"x" + body[501:], "appended": body + b"x",
                      "no backup": b"nothing"}.get(harm, body))  # fmt: skip
    if harm == "other key":
        monkeypatch.setenv("SECRET_KEYS", "another secret of the tests")
    if harm == "absent":
        file.unlink()
    result = run("restore", str(file), "--replace")
    assert result.exit_code == 1
    errors = refusal(result)
    assert len(errors) == 1, errors
    assert gateway.deployment.vault.open(TEXT, concern(gateway).text_sealed or b"") == WORDS


def test_every_sealed_column_is_sealed_anew_while_citizens_report(gateway: Gateway) -> None:
    assert {sealed.column for sealed in SEALED} == set(every_sealed_column())
    gateway.secretary("ml-bamako-commune-iv", "+22370009001")
    reported(gateway)
    gateway.phone("+22370001005").report()
    newer = ("a newer secret of the tests, in front", SECRET)
    deployment = replace(gateway.deployment, vault=Vault(newer))
    old, new = Vault((SECRET,)), Vault(newer[:1])
    reports = {sealed.column: sealed for sealed in rotate_keys(deployment)}
    assert reports["concerns.text_sealed"].sealed == 2
    assert all(sealed.unreadable == 0 for sealed in reports.values())
    sealed = concern(gateway)
    assert new.open(TEXT, sealed.text_sealed or b"") == WORDS
    with pytest.raises(VaultError):
        old.open(TEXT, sealed.text_sealed or b"")
    with deployment.database.read() as transaction:
        assert find_contact(transaction, new, CITIZEN)  # type: ignore[arg-type]
    assert sum(sealed.sealed for sealed in rotate_keys(deployment)) == 0


def test_a_line_of_the_audit_that_is_changed_left_out_or_put_in_shows(gateway: Gateway, run: Run) -> None:
    for number in range(5):
        with gateway.deployment.database.write() as transaction:
            write_line(transaction, gateway.clock(), "operator", "tested", number=number)
            write_line(transaction, gateway.clock(), "opérateur", "tested", number=number)
    output = run("audit", "verify").stdout
    assert output.startswith("10 lines, whole; head ")
    head = output.split()[-1]
    assert run("audit", "verify", "--head", head).exit_code == 0
    assert "nowhere in the chain" in run("audit", "verify", "--head", "00" * 32).stderr
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(AuditLine).where(AuditLine.id == 4).values(actor="nobody"))
    assert run("audit", "verify").stderr.startswith("line 4 does not follow")
    with gateway.deployment.database.write() as transaction:
        transaction.execute(update(AuditLine).where(AuditLine.id == 4).values(actor="opérateur"))
    assert run("audit", "verify").exit_code == 0
    with gateway.deployment.database.write() as transaction:
        transaction.delete(transaction.get_one(AuditLine, 6))
    assert run("audit", "verify").stderr.startswith("line 7 does not follow")


def test_two_who_write_at_once_make_one_chain(gateway: Gateway) -> None:
    def write(name: str) -> None:
        for number in range(15):
            with gateway.deployment.database.write() as transaction:
                write_line(transaction, gateway.clock(), name, "tested", number=number)

    threads = [threading.Thread(target=write, args=(f"writer {at}",)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with gateway.deployment.database.read() as transaction:
        check = verify_chain(transaction)
    assert (check.lines, check.broken) == (60, None)


def test_what_was_rolled_back_leaves_no_line(gateway: Gateway) -> None:
    def fail() -> None:
        with gateway.deployment.database.write() as transaction:
            write_line(transaction, gateway.clock(), "operator", "tested")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with gateway.deployment.database.read() as transaction:
        assert verify_chain(transaction).lines == 0


def test_pg_dump_away_is_told_in_one_line(
    gateway: Gateway, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if gateway.deployment.database.is_sqlite:
        return
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install postgresql-client" in run("backup", str(tmp_path / "copy")).stderr
    with pytest.raises(FileNotFoundError):
        subprocess.run(["pg_dump"], check=False)


def test_a_backup_where_nothing_can_be_written_is_refused(gateway: Gateway, run: Run) -> None:
    assert "cannot be written" in run("backup", "/proc/nowhere/copy").stderr


def test_keys_that_open_nothing_are_told(gateway: Gateway) -> None:
    reported(gateway)
    blind: Deployment = replace(gateway.deployment, vault=Vault(("none of the old",)))
    assert sum(report.unreadable for report in rotate_keys(blind)) > 0
