"""Numbers, ids, time zones and addresses that nobody would type: refused with a message, never an internal error."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.outside import LARGEST_ID, read_id, read_number, read_zone
from gateway.cli import main
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import PASSWORD, SECRET, TOKEN, Gateway
from tests.support.queue_pages import ADMIN, token_in

LONG, NINES = "9" * 5000, "9" * 30
COMMITTEE = "ml-bamako-commune-iv"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator(ADMIN)
    return sign_in(gateway, ADMIN)


@pytest.mark.parametrize(
    ("message", "number"),
    [("0", 0), (" 7 ", 7), ("999", 999), ("000999", 999), ("1000", None), (LONG, None), ("0" * 5000, 0), ("", None),
     ("-1", None), ("1.0", None), ("٣", None), ("²", None), ("1_0", None)],
)  # fmt: skip
def test_a_number_is_ascii_digits_within_its_bounds(message: str, number: int | None) -> None:
    assert read_number(message, 999) == number


def test_an_id_and_a_zone_are_what_the_database_and_the_system_know() -> None:
    assert read_id(str(LARGEST_ID)) == LARGEST_ID
    assert read_id(str(LARGEST_ID + 1)) is None
    assert str(read_zone("Africa/Bamako")) == "Africa/Bamako"
    for wrong in ("Africa", "", "/etc/passwd", "../Africa/Bamako", "Africa/Bamako\0", "x" * 5000, "é"):
        assert read_zone(wrong) is None, wrong


@pytest.mark.parametrize("number", [LONG, NINES, str(LARGEST_ID), "0", "-1", "٣"])
def test_numbers_in_addresses_are_never_an_error_of_ours(desk: Desk, number: str) -> None:
    for path in (
        f"/open311/v2/requests.json?page={number}",
        f"/queue/concerns?page={number}",
        f"/queue/?page={number}",
    ):
        assert desk.http.get(path).status_code in (200, 302, 400, 404), path
    for path in (f"/queue/items/{number}", f"/queue/committees/{COMMITTEE}/meetings/{number}",
                 f"/queue/committees/{COMMITTEE}/meetings/{number}/agenda.pdf", f"/queue/recommendations/{number}"):  # fmt: skip
        assert desk.http.get(path).status_code == 404, path
    form = {"csrf_token": token_in(desk.get("/queue/account")), "version": number}
    for path in (
        f"/queue/messages/{number}/again",
        f"/queue/broadcasts/{number}/approve",
        f"/queue/items/{number}/score",
    ):
        assert desk.http.post(path, data=form).status_code in (302, 403, 404), path


def test_versions_scores_and_zones_of_thousands_of_letters_are_refused_in_words(gateway: Gateway, desk: Desk) -> None:
    gateway.phone().write("on a volé ma moto à Lafiabougou hier")
    gateway.work()
    page = desk.get(f"/queue/committees/{COMMITTEE}")
    item = re.search(r"/queue/items/(\d+)", page)
    assert item
    path = f"/queue/items/{item[1]}"
    for score in (LONG, NINES, "1000", "٣"):
        assert "Le score est un nombre de 0 à 999." in desk.send(path, "score", score=score, reason="essai")
    answer = desk.http.post(
        f"{path}/score", data={"csrf_token": token_in(desk.get(path)), "version": LONG, "score": "1"}
    )
    assert answer.status_code in (302, 409)
    for zone in ("Africa", "/etc", "x" * 5000):
        refusal = desk.send(f"/queue/committees/{COMMITTEE}", "change", time_zone=zone)
        assert "n'est pas un fuseau horaire, comme Africa/Bamako" in refusal


def test_a_line_break_leads_nowhere_after_the_password(gateway: Gateway) -> None:
    gateway.administrator(ADMIN)
    token = token_in(gateway.http.get("/queue/login").text)
    form = {"csrf_token": token, "email": ADMIN, "password": PASSWORD}
    answer = gateway.http.post("/queue/login?next=/queue/%0d%0aSet-Cookie:x=y", data=form)
    assert (answer.status_code, answer.location) == (302, "/queue/")


def test_commands_say_in_one_line_what_cannot_be_used(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = gateway.deployment.settings
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url),
                        ("SECRET_KEYS", SECRET), ("WEBHOOK_TOKEN", TOKEN), ("DATA_DIR", str(settings.data_dir))):  # fmt: skip
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["messages", "again", NINES])
    assert result.exit_code == 2
    assert result.exception is None or isinstance(result.exception, SystemExit)
    sheet = tmp_path / "registry.csv"
    sheet.write_text(f"committee,time_zone\n{COMMITTEE},Africa\n")
    result = CliRunner().invoke(main, ["committees", "import", str(sheet)])
    assert "`Africa` is not a time zone" in result.output
    assert isinstance(result.exception, SystemExit)
    monkeypatch.setenv("DATA_DIR", "/proc/nothing-can-be-made-here")
    result = CliRunner().invoke(main, ["up"])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert "/proc/nothing-can-be-made-here" in result.stderr
