"""A pytest plugin: the same tests at less cost. What a test does and asserts stays as it is.

Files stand in memory, argon2 hashes are cheap ones, templates are compiled once for all applications, and while one
test waits another one runs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import jinja2
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket

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
        self._compiled: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if compiled := self._compiled.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledTemplates())
        yield
