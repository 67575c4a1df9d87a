"""The `gateway` command in this process."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
import time_machine
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.support.gateway import SECRET, TOKEN, Gateway

Run = Callable[..., Result]
LOGGED = re.compile(r"\d{4}-\d\d-\d\d \S+ [A-Z]+ ")
"""The beginning of a line of the log."""


def use_settings_of(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a gateway's settings into the environment, where a command finds them."""
    settings = gateway.deployment.settings
    for name, value in {
        "DATA_DIR": settings.data_dir, "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": SECRET, "WEBHOOK_TOKEN": TOKEN, "PORT": settings.port,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))


@pytest.fixture
def run(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The `gateway` command on this gateway's own database."""
    use_settings_of(gateway, monkeypatch)
    return lambda *arguments, input=None: CliRunner().invoke(main, arguments, input=input)


@pytest.fixture
def run_at_its_time(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The `gateway` command on this gateway's own database, at the time that the gateway's clock shows."""
    use_settings_of(gateway, monkeypatch)

    def invoke(*arguments: str) -> Result:
        with time_machine.travel(gateway.clock(), tick=False):
            return CliRunner().invoke(main, arguments)

    return invoke


def rows(result: Result) -> list[dict[str, object]]:
    """The JSON Lines that a command printed; fails if the command failed."""
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def refusal(result: Result) -> list[str]:
    """The lines on standard error without lines of the log: the stand-in's receipts may come meanwhile."""
    return [line for line in result.stderr.splitlines() if not LOGGED.match(line)]
