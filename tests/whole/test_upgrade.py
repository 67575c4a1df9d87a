"""A filled database of an earlier release is migrated while the web process runs; nothing in it is lost."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, select, text

from config.settings import Settings
from flows.msisdn import Msisdn
from flows.triage import Triage
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import TEXT
from storage.database import Database
from storage.people.contacts import MSISDN, ensure_contact
from storage.safety.audit import verify_chain
from storage.safety.vault import Vault
from storage.tables.committees import AgendaItem
from storage.tables.concerns import Concern
from tests.support.gateway import SECRET, Clock, Gateway

NOW = datetime(2026, 11, 1, 10, tzinfo=UTC)
WITHOUT_NUMBER, ERASED = "CCS-8K4R", "CCS-9K4S"
FILLED = "0004"
"""The release before committees worked and the audit was a chain."""


def filled(address: str) -> Database:
    """A database of that release with a person, a report, its item, an SMS and lines of audit."""
    vault, database = Vault((SECRET,)), Database(address)
    if database.is_sqlite:
        assert database.engine.url.database
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version")) if database.is_sqlite else None
    with database.engine.connect() as connection:
        config = database._alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, FILLED)
        connection.commit()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("committees", {"code": "ml-bamako-commune-iv", "name": "CCS de Commune IV", "level": "communal",
                        "area": "ml-bamako-commune-iv", "above": "ml-bamako", "installed": True,
                        "silent_when_quiet": False}),
        ("contacts", {"id": 1, "msisdn_hash": vault.hash("msisdn", "+22370001001"), "asked_answerable": True,
                      "msisdn_sealed": vault.seal(MSISDN, "+22370001001"), "reports_that_day": 1, "created_at": NOW}),
        ("meetings", {"id": 1, "committee": "ml-bamako-commune-iv", "starts_at": NOW}),
        ("agenda_items", {"id": 1, "committee": "ml-bamako-commune-iv", "meeting_id": 1, "category": "theft",
                          "commune": "ml-bamako-commune-iv", "thing": "theft|ml-bamako-commune-iv|",
                          "state": "on_agenda", "created_at": NOW}),
        ("agenda_items", {"id": 2, "committee": "ml-bamako-commune-iv", "meeting_id": 1, "category": "theft",
                          "commune": "ml-bamako-commune-iv", "place": "Lafiabougou", "thing": None,
                          "state": "closed", "created_at": NOW}),
        ("agenda_items", {"id": 3, "committee": "ml-bamako-commune-iv", "meeting_id": 1, "category": "theft",
                          "commune": "ml-bamako-commune-iv", "thing": "theft|ml-bamako-commune-iv||3",
                          "state": "proposed", "created_at": NOW}),
        ("concerns", {"id": 1, "reference": "CCS-7K4Q", "source": b"source", "channel": "sms", "received_at": NOW,
                      "contact_id": 1, "text_sealed": vault.seal(TEXT, "on a volé ma moto"), "danger": False,
                      "commune": "ml-bamako-commune-iv", "category": "theft", "urgency": "routine", "urgency_rank": 2,
                      "needs_review": False, "reasons": "[]", "committee": "ml-bamako-commune-iv", "item_id": 1,
                      "state": "on_agenda", "version": 1}),
        *[("concerns", {"id": id, "reference": reference, "source": reference.encode(), "channel": "ussd",
                        "received_at": NOW, "contact_id": None, "text_sealed": sealed, "danger": False,
                        "commune": "ml-bamako-commune-iv", "category": "theft", "urgency_rank": 2, "needs_review": False,
                        "reasons": "[]", "state": "received", "version": 1})
          for id, reference, sealed in ((2, WITHOUT_NUMBER, vault.seal(TEXT, "ils reviennent")), (3, ERASED, None))],
        ("messages", {"id": 1, "key": "sms.received:1", "contact_id": 1, "text_sealed": b"x", "parts": 1, "price": 10,
                      "currency": "XOF", "state": "delivered", "tries": 1, "perhaps_twice": False, "created_at": NOW,
                      "changed_at": NOW}),
        ("audit_lines", {"id": 1, "at": NOW, "actor": "secretary 1", "what": "accept", "detail": '{"reference": "é"}'}),
        ("audit_lines", {"id": 2, "at": NOW, "actor": "secretary 1", "what": "close", "detail": "{}"}),
    ]  # fmt: skip
    with database.engine.begin() as connection:
        for table, values in rows:
            columns = ", ".join(values)
            places = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), _plain(database, values))
        if not database.is_sqlite:
            for table in ("contacts", "meetings", "agenda_items", "concerns", "messages", "audit_lines"):
                connection.execute(text(f"SELECT setval('{table}_id_seq', 100)"))
    return database


def _plain(database: Database, values: dict[str, Any]) -> dict[str, Any]:
    """SQLite keeps moments as text without a zone."""
    if not database.is_sqlite:
        return values
    return {
        name: value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
        for name, value in values.items()
    }


@pytest.fixture
def empty_address(request: pytest.FixtureRequest, database_address: str, tmp_path: Any) -> str:
    if not database_address.startswith("postgresql"):
        return f"sqlite:///{tmp_path}/old.db"
    database = Database(database_address.replace("postgresql://", "postgresql+psycopg://"))
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return database_address


def test_forward_with_the_web_process_up(
    empty_address: str, make_settings: Callable[..., Settings], loaded: tuple[Any, Triage], clock: Clock
) -> None:
    settings = make_settings(database_url=empty_address)
    filled(settings.database_address).close()
    deployment = Deployment.open(settings, clock, loaded)
    deployment.redis.flushall()
    gateway = Gateway(deployment, create_app(settings, deployment), clock)
    assert gateway.http.get("/healthz").status_code == 200
    assert "not migrated" in gateway.http.get("/readyz").get_json()["database"]
    phone = gateway.phone("+22370001001")
    phone.dial()
    assert phone.ended  # it asks to dial again: never an error on the phone
    assert phone.write("incendie à Banconi") == 503  # so that the provider sends it again
    deployment.database.migrate()
    phone.dial()
    assert not phone.ended
    assert phone.write("incendie à Banconi") == 200
    with deployment.database.read() as transaction:
        assert transaction.scalar(select(func.count()).select_from(Concern)) == 4
        concern = transaction.get_one(Concern, 1)
        assert deployment.vault.open(TEXT, concern.text_sealed or b"") == "on a volé ma moto"
        assert transaction.get_one(AgendaItem, 1).version == 1
        items = transaction.scalars(select(AgendaItem).where(AgendaItem.id <= 3).order_by(AgendaItem.id)).all()
        assert [(item.is_open, item.subject_key) for item in items] == [
            (True, "theft|ml-bamako-commune-iv|"),
            (False, "theft|ml-bamako-commune-iv|Lafiabougou"),
            (True, "theft|ml-bamako-commune-iv||3"),
        ]
        check = verify_chain(transaction)
        assert (check.lines, check.broken) == (2, None)
    phone = gateway.phone("+22376003003")
    phone.dial()
    assert phone.type("1", "2", WITHOUT_NUMBER).startswith(WITHOUT_NUMBER)
    phone.dial()
    assert "inconnue" in phone.type("2", ERASED)
    deployment.close()


def test_the_id_of_somebody_who_was_erased_before_and_whom_the_audit_names_is_not_given_again(
    empty_address: str,
) -> None:
    database = filled(empty_address.replace("postgresql://", "postgresql+psycopg://"))
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_lines (id, at, actor, what, detail) VALUES (3, :at, 'secretary 41', 'close', '{}')"
            ),
            _plain(database, {"at": NOW}),
        )
    database.migrate()
    with database.write() as transaction:
        assert ensure_contact(transaction, Vault((SECRET,)), Msisdn("+22370001009"), NOW).id > 41
    database.close()
