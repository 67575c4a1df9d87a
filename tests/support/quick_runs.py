"""A pytest plugin: the same tests at less cost. What a test does and asserts stays as it is.

Files stand in memory, argon2 hashes are cheap ones, and while one test waits another one runs. Each worker compiles
templates, SQL and routes once for all its applications, and reads the shipped pack once for all its commands.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from config.pack import Pack
from config.pack.loader import load_pack
from config.settings import Settings
from flows.triage import Triage
from gateway.runtime.model_store import read_packs_triage
from tests.support.folders import folder_in_memory

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_configure(config: pytest.Config) -> None:
    """Moves `tmp_path` into memory, and lets fixtures stop their servers when the run is told to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if (folder := folder_in_memory()) and not config.getoption("basetemp"):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """`-n auto` starts one worker more than there are cores, since tests often wait for servers and clocks.

    Tests without servers never wait: they get a worker for each core, as xdist does it.
    """
    return None if "not servers" in config.option.markexpr else (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Passwords and PINs are hashed by argon2 as ever, at the least cost that it allows: nobody attacks them here.

    Processes that tests start hash at the real cost.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.people.administrators.PASSWORD", CHEAP_HASHER)
        patch.setattr("storage.people.password_hashes.PIN", CHEAP_HASHER)
        yield


class CompiledTemplates(jinja2.BytecodeCache):
    """The compiled templates of this process, by their name and a checksum of their source."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledTemplates())
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Each test has an engine of its own, which would compile every statement anew.

    SQLAlchemy keeps what it compiled by the dialect, so the dialects of all SQLite databases must be equal, and those
    of all PostgreSQL databases.
    """
    compiled: dict[str, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(2000))

    def create(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, **options)
        engine.update_execution_options(compiled_cache=compiled[engine.dialect.name])
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr("storage.database.create_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def _routes_compiled_once() -> Iterator[None]:
    """Werkzeug compiles a function for each route, which takes most of the time of `create_app`."""
    compile_builder = Rule._compile_builder
    builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def builder_of(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = rule.rule, append_unknown, tuple(rule._trace)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", builder_of)
        yield


@pytest.fixture(scope="session", autouse=True)
def _shipped_pack_read_once() -> Iterator[None]:
    """Each command in this process reads the pack and its model anew, which takes half a second.

    A pack in another folder, a copy of the shipped one too, is read each time.
    """
    shipped: Path = Settings.model_fields["pack"].default

    @cache
    def shipped_pack() -> Pack:
        return load_pack(shipped)

    @cache
    def shipped_triage() -> Triage:
        return read_packs_triage(shipped_pack(), shipped)

    def load(folder: Path) -> Pack:
        return shipped_pack() if folder == shipped else load_pack(folder)

    def read(pack: Pack, folder: Path) -> Triage:
        return shipped_triage() if pack is shipped_pack() else read_packs_triage(pack, folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.runtime.deployment.load_pack", load)
        patch.setattr("gateway.commands.common.load_pack", load)
        patch.setattr("gateway.runtime.model_store.read_packs_triage", read)
        yield
