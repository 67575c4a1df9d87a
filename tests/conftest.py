"""One realistic gateway for each test: the real Mali pack, a real database, a real Redis, the stand-in provider."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from config.pack import Pack
from config.settings import Settings
from flows.msisdn import Msisdn
from flows.triage import Triage
from gateway.app import create_app
from gateway.outbound.provider_routing import carriers
from gateway.runtime.deployment import Deployment, read_pack
from gateway.simulator.pages import stand_in
from gateway.simulator.standin import PhoneSms, StandIn
from gateway.worker.dispatcher import drain_all
from storage.committees.committees import add_secretary, load_registry
from storage.database import Database
from storage.enumerations import Role
from storage.people.administrators import add_administrator
from storage.people.contacts import ensure_contact
from storage.tables.committees import Committee
from tests import servers
from tests.phones import Phone

TOKEN = "token-of-the-tests-and-of-nothing-else"
SECRET = "secret-of-the-tests-and-of-nothing-else"
PASSWORD = "a password of the tests"
A_TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

hypothesis_settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis_settings.load_profile("tests")


@dataclass
class Clock:
    """A clock that tests set."""

    moment: datetime = A_TUESDAY

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Gateway:
    """A gateway as a test sees it: its phones outside, its parts inside."""

    deployment: Deployment
    app: Flask
    clock: Clock
    http: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.app.test_client()

    @property
    def stand_in(self) -> StandIn:
        with self.app.app_context():
            return stand_in()

    def hook(self, path: str) -> str:
        return f"/hooks/{TOKEN}/africastalking/{path}"

    def phone(self, msisdn: str = "+22370001001") -> Phone:
        return Phone(msisdn, self.http, self.hook("ussd"), self.hook("sms"))

    def secretary(self, committee: str, msisdn: str) -> None:
        """Makes the holder of a number a committee's secretary."""
        with self.deployment.database.write() as open_:
            contact = ensure_contact(open_, self.deployment.vault, Msisdn(msisdn), self.clock())
            add_secretary(open_, open_.get_one(Committee, committee), contact, self.clock())

    def first_pin(self, msisdn: str, pin: str = "4711") -> None:
        """Chooses a secretary's first PIN, over USSD."""
        phone = self.phone(msisdn)
        phone.dial(self.deployment.pack.service_code)
        phone.type("1", pin)
        assert "ordre du jour" in phone.screen.lower(), phone.screen

    def administrator(self, email: str, role: Role = Role.ADMINISTRATOR, area: str = "ml") -> None:
        with self.deployment.database.write() as open_:
            add_administrator(open_, email, PASSWORD, role, area, self.clock())

    def work(self) -> None:
        """What the worker does with all that waits, here and now, through the real SDK and HTTP."""
        provider = carriers(self.deployment.settings)
        assert drain_all(self.deployment, provider, time.monotonic() + 60)

    def inbox(self, msisdn: str) -> list[str]:
        return [sms.text for sms in self.sms(msisdn)]

    def sms(self, msisdn: str) -> list[PhoneSms]:
        return self.stand_in.inbox(msisdn)


SERVER_FIXTURES = frozenset({"redis_address", "postgresql_template", "running"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a server, so that `make test-quick` can leave it out; modules that start their own say so."""
    for item in items:
        uses = SERVER_FIXTURES & set(getattr(item, "fixturenames", ()))
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if uses or "postgresql" in parameters.values():
            item.add_marker(pytest.mark.servers)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests run the same whatever stands in the environment or in a `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def loaded() -> tuple[Pack, Triage]:
    return read_pack(Settings())


@pytest.fixture(scope="session")
def pack(loaded: tuple[Pack, Triage]) -> Pack:
    return loaded[0]


@pytest.fixture(scope="session")
def triage(loaded: tuple[Pack, Triage]) -> Triage:
    return loaded[1]


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> Path:
    """A migrated database with the registry in it, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _prepare(f"sqlite:///{path}", pack)
    return path


@pytest.fixture(scope="session")
def postgresql_template(pack: Pack) -> Iterator[str]:
    with servers.postgresql() as address:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE template_ccs")
        _prepare(f"{address.replace('postgresql', 'postgresql+psycopg')}/template_ccs", pack)
        yield address


def _prepare(address: str, pack: Pack) -> None:
    database = Database(address)
    database.migrate()
    with database.write() as open_:
        load_registry(open_, pack)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "ccs.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql_template")
    name = f"ccs_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_ccs")
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_settings(tmp_path: Path, redis_address: str, database_address: str) -> Callable[..., Settings]:
    def make(**given: Any) -> Settings:
        usual: dict[str, Any] = {
            "data_dir": tmp_path / "var",
            "database_url": database_address,
            "redis_url": redis_address,
            "secret_keys": SECRET,
            "webhook_token": TOKEN,
            "port": servers.free_port(),
        }
        return Settings(**(usual | given))

    return make


@pytest.fixture
def gateway(make_settings: Callable[..., Settings], loaded: tuple[Pack, Triage], clock: Clock) -> Iterator[Gateway]:
    """The whole gateway on a fresh database; its stand-in provider answers over real HTTP."""
    settings = make_settings()
    deployment = Deployment.open(settings, clock, loaded)
    deployment.redis.flushall()
    app = create_app(settings, deployment)
    made = Gateway(deployment, app, clock)
    made.stand_in.delay = 0.0
    with servers.served(app, settings.port):
        yield made
    deployment.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Running]:
    """`gateway up` with everything embedded, as `make run` starts it; shared by the tests that do it no harm."""
    with servers.gateway_up(tmp_path_factory.mktemp("up")) as started:
        yield started


@pytest.fixture
def gateway_without_redis(gateway: Gateway, tmp_path: Path) -> Gateway:
    """The same gateway with nobody at the other end of its Redis socket."""
    settings = gateway.deployment.settings.model_copy(update={"redis_url": f"unix://{tmp_path}/nobody.sock"})
    alone = Deployment.open(settings, gateway.clock, (gateway.deployment.pack, gateway.deployment.triage))
    alone = replace(alone, database=gateway.deployment.database)
    return Gateway(alone, create_app(settings, alone), gateway.clock)
