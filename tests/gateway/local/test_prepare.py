"""`python -m gateway.local.prepare` does everything or nothing, and never loses the first password."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.people.administrators import kept_password, password_is_right
from storage.tables.people import Administrator
from tests.support.gateway import SECRET, TOKEN
from tests.support.servers import ROOT

pytestmark = pytest.mark.servers


def prepared(folder: Path, settings: dict[str, str], stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    usual = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "SECRET_KEYS": SECRET, "WEBHOOK_TOKEN": TOKEN}
    return subprocess.run(
        [sys.executable, "-m", "gateway.local.prepare"], cwd=ROOT, env=usual | settings, stdout=stdout,
        stderr=subprocess.PIPE, text=True, check=False, timeout=60,
    )  # fmt: skip


def administrators(address: str) -> list[str]:
    database = Database(address)
    with database.read() as transaction:
        return [administrator.email for administrator in transaction.scalars(select(Administrator))]


@pytest.mark.parametrize("environment", ["development", "production"])
def test_without_a_folder_of_its_own_it_shows_a_password_that_opens(
    tmp_path: Path, database_address: str, environment: str
) -> None:
    folder = tmp_path / "not" / "there"
    settings = {"DATABASE_URL": database_address, "REDIS_URL": "redis://127.0.0.1:1/0", "ENVIRONMENT": environment}
    settings |= {"SMS_PROVIDER": "africastalking"} if environment == "production" else {}
    finished = prepared(folder, settings)
    assert (finished.returncode, finished.stderr) == (0, "")
    email, password = finished.stdout.split()
    database = Database(database_address)
    with database.read() as transaction:
        assert password_is_right(kept_password(transaction, email), password)
    assert folder.exists() is (environment == "development")
    again = prepared(folder, settings)
    assert again.stdout == (finished.stdout if environment == "development" else "")


def test_what_cannot_be_done_is_one_line_and_leaves_no_administrator(tmp_path: Path, database_address: str) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    cases: tuple[tuple[Path, dict[str, str], str], ...] = (
        (in_the_way / "var", {}, "cannot be written"),
        (tmp_path / "var", {"PORT": "ninety"}, "setting PORT"),
        (tmp_path / "var", {"SMS_RATES": "1"}, "unknown setting SMS_RATES"),
        (tmp_path / "var", {"PACK": str(tmp_path / "atlantis")}, "cannot be read"),
        (tmp_path / "var", {"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "DATABASE_URL cannot be used"),
    )
    for folder, settings, message in cases:
        finished = prepared(folder, {"DATABASE_URL": database_address} | settings)
        assert (finished.returncode, finished.stdout, finished.stderr.count("\n")) == (1, "", 1), finished.stderr
        assert message in finished.stderr
    assert administrators(database_address) == []


def test_a_password_that_could_not_be_shown_makes_no_account(tmp_path: Path, database_address: str) -> None:
    with open("/dev/full", "w") as full:
        finished = prepared(tmp_path / "var", {"DATABASE_URL": database_address}, full.fileno())
    assert finished.returncode
    assert finished.stderr.splitlines()[0] == "standard output cannot be written (No space left on device)"
    assert administrators(database_address) == []
