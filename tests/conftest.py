"""One realistic gateway for each test: the real Mali pack, a real database, a real Redis, the stand-in provider."""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from config.pack import Pack
from config.settings import Settings
from flows.triage import Triage
from gateway.app import create_app
from gateway.runtime.deployment import Deployment, read_pack
from storage.committees.committees import load_registry
from storage.database import Database
from tests.support import servers
from tests.support.folders import made_once
from tests.support.gateway import SECRET, TOKEN, Clock, Gateway

pytest_plugins = ["tests.support.commands", "tests.support.quick_runs"]

hypothesis_settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis_settings.load_profile("tests")


SERVER_FIXTURES = frozenset({"redis_address", "postgresql_template", "running"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what needs a server, so that `make test-quick` can leave it out; modules that start their own say so.

    With several workers what is slow begins first, so that at the end none is left alone with it.
    """
    for item in items:
        uses = SERVER_FIXTURES & set(getattr(item, "fixturenames", ()))
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if uses or "postgresql" in parameters.values():
            item.add_marker(pytest.mark.servers)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hides settings of this machine, in the environment or in a `.env`, from the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def loaded() -> tuple[Pack, Triage]:
    """The pack and the triage that reads with it; the garbage collector no longer looks through their many objects."""
    pack_and_triage = read_pack(Settings())
    gc.collect()
    gc.freeze()
    return pack_and_triage


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
    folder = made_once(tmp_path_factory, "sqlite", lambda folder: _prepare(f"sqlite:///{folder}/template.db", pack))
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgresql_template(pack: Pack) -> Iterator[tuple[str, psycopg.Connection]]:
    """The URL of a server without a database's name, and a connection to it; `template_ccs` is migrated and filled."""
    with servers.postgresql() as address, psycopg.connect(f"{address}/postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE template_ccs")
        _prepare(f"{address.replace('postgresql', 'postgresql+psycopg')}/template_ccs", pack)
        yield address, server


def _prepare(address: str, pack: Pack) -> None:
    database = Database(address)
    database.migrate()
    with database.write() as transaction:
        load_registry(transaction, pack)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database, once with SQLite and once with PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "ccs.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    address, server = request.getfixturevalue("postgresql_template")
    name = f"ccs_{os.getpid()}_{time.monotonic_ns()}"
    # The quicker way in memory; before PostgreSQL 15 it was the only one and had no name.
    strategy = "STRATEGY FILE_COPY" if server.info.server_version >= 150000 else ""
    server.execute(f"CREATE DATABASE {name} TEMPLATE template_ccs {strategy}")
    yield f"{address}/{name}"
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
    """`gateway up` with everything embedded, as `make run` starts it; shared by all tests that do not break it."""
    with servers.gateway_up(tmp_path_factory.mktemp("up")) as started:
        yield started


@pytest.fixture
def gateway_without_redis(gateway: Gateway, tmp_path: Path) -> Gateway:
    """The gateway with a Redis address at which no server listens."""
    settings = gateway.deployment.settings.model_copy(update={"redis_url": f"unix://{tmp_path}/nobody.sock"})
    alone = Deployment.open(settings, gateway.clock, (gateway.deployment.pack, gateway.deployment.triage))
    alone = replace(alone, database=gateway.deployment.database)
    return Gateway(alone, create_app(settings, alone), gateway.clock)
