"""The `gateway` command in this process."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.support.gateway import SECRET, TOKEN, Gateway

Run = Callable[..., Result]


@pytest.fixture
def run(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = gateway.deployment.settings
    for name, value in {
        "DATA_DIR": settings.data_dir, "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url,
        "SECRET_KEYS": SECRET, "WEBHOOK_TOKEN": TOKEN, "PORT": settings.port,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    return lambda *arguments, input=None: CliRunner().invoke(main, arguments, input=input)


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]
