from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from config.redis_sentinel import read_sentinel_address
from config.settings import Settings, SettingsError, load_settings

LONG = "x" * 32


def test_defaults_work_on_one_machine_and_secrets_are_made_once(tmp_path: Path) -> None:
    first = load_settings(data_dir=tmp_path / "var")
    again = load_settings(data_dir=tmp_path / "var")
    assert first.secret_keys == again.secret_keys
    assert first.webhook_token == again.webhook_token
    assert len(first.webhook_token) >= 32
    assert (tmp_path / "var" / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert first.database_address == f"sqlite:///{tmp_path}/var/ccs.db"
    assert first.redis_address == f"unix://{tmp_path}/var/redis.sock"


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"PORT": "eighty"}, "setting PORT: Input should be a valid integer"),
        ({"LOG_FORMAT": "xml"}, "setting LOG_FORMAT: Input should be 'text' or 'json'"),
        ({"WEBHOOK_ALLOW": "10.0.0.0/8,nonsense"}, "setting WEBHOOK_ALLOW: Input is not a valid IPv4 network"),
        ({"DATABASE_URI": "sqlite://"}, "unknown setting DATABASE_URI: did you mean DATABASE_URL?"),
        ({"DATABASE_URL": "postgresql://h1,h2:nonsense/d"}, "setting DATABASE_URL: each server must be a host or"),
        ({"ENVIRONMENT": "production"}, "SECRET_KEYS must be set in production"),
        ({"ENVIRONMENT": "production", "SECRET_KEYS": "short"}, "SECRET_KEYS must be set in production"),
        ({"ENVIRONMENT": "production", "SECRET_KEYS": LONG}, "WEBHOOK_TOKEN must be set in production"),
        (
            {"ENVIRONMENT": "production", "SECRET_KEYS": LONG, "WEBHOOK_TOKEN": LONG},
            "SMS_PROVIDER must name a real provider in production",
        ),
    ],
)
def test_an_unknown_or_wrong_setting_stops_the_start_with_one_line(
    environment: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)
    assert "nonsense" not in str(refused.value)


def test_a_setting_that_nobody_knows_in_the_env_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PROT=9000\n")
    with pytest.raises(SettingsError, match=r"unknown setting PROT in \.env: did you mean PORT\?"):
        load_settings()


def test_a_plain_postgresql_address_is_read_with_the_driver_that_we_ship() -> None:
    assert Settings(database_url="postgresql://h/d").database_address == "postgresql+psycopg://h/d"


def test_an_address_of_several_servers_asks_for_the_one_that_may_be_written_to() -> None:
    given = "postgresql://ccs:p%40ss,word@h1:5433,h2/d?sslmode=require&connect_timeout=9"
    url = make_url(Settings(database_url=given).database_address)
    options = url.get_dialect()().create_connect_args(url)[1]
    assert (options["host"], options["port"], options["password"]) == ("h1,h2", "5433,5432", "p@ss,word")
    assert (options["target_session_attrs"], options["sslmode"]) == ("read-write", "require")
    assert options["connect_timeout"] == "9"


@pytest.mark.parametrize("lines", [f"{LONG}\n", f"\n  {LONG}  \n{LONG}2\n"])
def test_keys_come_from_a_file_or_a_command_where_they_are_on_no_disk_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    wanted = tuple(line.strip() for line in lines.split("\n") if line.strip())
    (tmp_path / "keys").write_text(lines)
    for name, value in (("ENVIRONMENT", "production"), ("WEBHOOK_TOKEN", LONG), ("SMS_PROVIDER", "africastalking")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SECRET_KEYS_FILE", str(tmp_path / "keys"))
    assert load_settings().secret_keys == wanted
    monkeypatch.delenv("SECRET_KEYS_FILE")
    monkeypatch.setenv("SECRET_KEYS_COMMAND", f"cat {tmp_path}/keys")
    assert load_settings().secret_keys == wanted


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEYS_FILE", "/nowhere/keys", "setting SECRET_KEYS_FILE: cannot be read"),
        ("SECRET_KEYS_FILE", "/dev/null", "setting SECRET_KEYS_FILE or SECRET_KEYS_COMMAND: gives no key"),
        ("SECRET_KEYS_COMMAND", "false", "setting SECRET_KEYS_COMMAND: failed"),
        ("SECRET_KEYS_COMMAND", "no-such-command", "setting SECRET_KEYS_COMMAND: failed"),
        ("SECRET_KEYS_COMMAND", "echo 'unclosed", "setting SECRET_KEYS_COMMAND: failed"),
        ("SECRET_KEYS_COMMAND", "echo short", "SECRET_KEYS must be set in production, each of 32"),
    ],
)
def test_keys_that_do_not_come_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    for setting in (
        ("ENVIRONMENT", "production"),
        ("WEBHOOK_TOKEN", LONG),
        ("SMS_PROVIDER", "africastalking"),
        (name, value),
    ):
        monkeypatch.setenv(*setting)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(says)
    assert "short" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "hosts", "name", "db"),
    [
        ("redis+sentinel://h1,h2/ccs", (("h1", 26379), ("h2", 26379)), "ccs", 0),
        ("redis+sentinel://h1:7001,[::1]:7002/ccs/3", (("h1", 7001), ("::1", 7002)), "ccs", 3),
        ("redis+sentinel://u:p%40ss@h1/ccs", (("h1", 26379),), "ccs", 0),
    ],
)
def test_sentinels_are_named_with_their_master(
    address: str, hosts: tuple[tuple[str, int], ...], name: str, db: int
) -> None:
    place = read_sentinel_address(Settings(redis_url=address).redis_address)
    assert (place.hosts, place.name, place.db) == (hosts, name, db)
    assert place.password == ("p@ss" if "@h1" in address else None)
    assert "p@ss" not in repr(place)


@pytest.mark.parametrize("address", ["h1,h2", "h1,h2/", "/ccs", "h1:no/ccs", "h1/ccs/x", ":secret@/ccs"])
def test_an_address_of_sentinels_that_lacks_something_stops_the_start(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis+sentinel://{address}")
    with pytest.raises(SettingsError, match=r"^setting REDIS_URL: ") as refused:
        load_settings()
    assert "secret" not in str(refused.value)
