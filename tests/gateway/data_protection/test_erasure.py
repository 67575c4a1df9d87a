"""Erased data is gone, from the database's log and from open sessions too, and its id is never used again."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.cli import main
from gateway.outbound.provider_routing import provider_routing
from gateway.worker.dispatcher import sweep_all
from storage.tables.concerns import Concern
from storage.tables.messages import Message, UssdSession
from storage.tables.people import Contact
from tests.support.gateway import SECRET, TOKEN, Gateway

CITIZEN = "+22370001001"
WORDS = "on a volé ma moto à Lafiabougou hier soir"


def by_command(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = gateway.deployment.settings
    for name, value in (
        ("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url), ("SECRET_KEYS", SECRET),
        ("WEBHOOK_TOKEN", TOKEN), ("DATA_DIR", str(settings.data_dir)),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["erase", CITIZEN])
    assert result.exit_code == 0, result.stderr


def by_menu(gateway: Gateway, _: pytest.MonkeyPatch) -> None:
    phone = gateway.phone(CITIZEN)
    phone.dial()
    phone.type("1", "5", "2", "1")
    assert phone.screen.startswith("Votre numéro est effacé")


def written(gateway: Gateway) -> bytes:
    """Every byte of the database's files."""
    main_file = Path(str(gateway.deployment.database.engine.url.database))
    return b"".join(file.read_bytes() for file in main_file.parent.glob(f"{main_file.name}*"))


def sealed_values(gateway: Gateway) -> list[bytes]:
    with gateway.deployment.database.read() as transaction:
        columns = (Contact.msisdn_sealed, Concern.text_sealed, Concern.why_sealed, Message.text_sealed)
        return [value for column in columns for value in transaction.scalars(select(column)) if value]


@pytest.mark.parametrize("erase", [by_command, by_menu])
def test_what_was_erased_stands_in_no_file_of_the_database(
    gateway: Gateway, erase: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not gateway.deployment.database.is_sqlite:
        return  # docs/security.md says what PostgreSQL keeps until VACUUM
    gateway.phone(CITIZEN).write(WORDS)
    gateway.work()
    sealed = sealed_values(gateway)
    assert len(sealed) >= 3
    assert all(value in written(gateway) for value in sealed)
    erase(gateway, monkeypatch)
    assert not any(value in written(gateway) for value in sealed)


def test_while_somebody_reads_the_log_keeps_it_and_the_next_sweep_empties_it(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not gateway.deployment.database.is_sqlite:
        return
    gateway.phone(CITIZEN).write(WORDS)
    gateway.work()
    sealed = sealed_values(gateway)
    with closing(sqlite3.connect(str(gateway.deployment.database.engine.url.database))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM concerns").fetchone()
        by_command(gateway, monkeypatch)
        assert any(value in written(gateway) for value in sealed)
        reader.rollback()
    sweep_all(gateway.deployment, provider_routing(gateway.deployment.settings))
    assert not any(value in written(gateway) for value in sealed)


def test_erasing_a_number_ends_its_talks_and_nobody_elses(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway.phone(CITIZEN).write(WORDS)
    talking, other_phone = gateway.phone(CITIZEN), gateway.phone("+22370001002")
    for phone in (talking, other_phone):
        phone.dial()
        phone.type("1", "1", "2", "1", "Lafiabougou")
    assert len(list(gateway.deployment.redis.scan_iter("ussd:*"))) == 2
    by_command(gateway, monkeypatch)
    assert len(list(gateway.deployment.redis.scan_iter("ussd:*"))) == 1


def test_a_number_that_is_known_only_from_its_open_talk_is_erased(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer = gateway.phone(CITIZEN)
    newcomer.dial()
    newcomer.type("1", "1", "2", "1", "Lafiabougou")
    by_command(gateway, monkeypatch)
    gateway.catch_up()
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact)).all() == []


def test_a_talk_in_the_database_ends_with_its_number_and_its_last_screen_can_come_again(gateway: Gateway) -> None:
    address = f"/hooks/{TOKEN}/nalo/ussd"

    def ussd_request(typed: str, begins: bool = False) -> str:
        body = {"USERID": "NALOTest", "MSISDN": CITIZEN[1:], "USERDATA": typed, "MSGTYPE": begins, "NETWORK": "ORANGE",
                "SESSIONID": "nalo-7"}  # fmt: skip
        gateway.clock.forward(seconds=3)
        return str(gateway.http.post(address, json=body).get_json()["MSG"])

    ussd_request("*384*223#", begins=True)
    ussd_request("1")
    ussd_request("1")
    ussd_request("00")
    ussd_request("5")
    ussd_request("2")
    assert ussd_request("1").startswith("Votre numéro est effacé")
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact)).all() == []
        [row] = transaction.scalars(select(UssdSession)).all()
    kept = gateway.deployment.vault.open_bytes("ussd_sessions.talk", row.talk_sealed)
    assert kept.startswith(b'["forgotten","fr",{},{},[]')


def test_the_id_of_somebody_who_was_erased_is_not_given_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.phone(CITIZEN).write(WORDS)
    with gateway.deployment.database.read() as transaction:
        [first] = transaction.scalars(select(Contact.id))
    by_command(gateway, monkeypatch)
    gateway.phone("+22370001002").write(WORDS)
    with gateway.deployment.database.read() as transaction:
        assert transaction.scalars(select(Contact.id)).all() != [first]
