"""Accounts: codes at sign-in, a new password, and the auditor, who sees only the audit."""

import re

import pyotp
import pytest
from click.testing import CliRunner

from gateway.cli import main
from storage.enumerations import Role
from storage.people.sign_in_codes import step_of
from storage.tables.people import Administrator
from tests.support.browsing import Desk, sign_in
from tests.support.gateway import PASSWORD, SECRET, TOKEN, Gateway

EMAIL = "admin@example.org"


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    gateway.administrator(EMAIL)
    return sign_in(gateway, EMAIL)


def enter(gateway: Gateway, password: str = PASSWORD, code: str = "") -> bool:
    http = gateway.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/queue/login").text)
    assert token
    form = {"csrf_token": token[1], "email": EMAIL, "password": password, "code": code}
    return http.post("/queue/login", data=form).status_code == 302


def with_codes(gateway: Gateway, desk: Desk) -> pyotp.TOTP:
    page = desk.get("/queue/account")
    match = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert match
    assert "<svg" in page
    totp = pyotp.TOTP(match[1])
    assert "Code faux" in desk.send("/queue/account", "codes", code="000000")
    assert desk.get("/queue/account").count(match[1]) == 1  # the same secret until it is confirmed
    assert "Désormais un code" in desk.send("/queue/account", "codes", code=totp.at(gateway.clock().timestamp()))
    return totp


def test_a_code_is_asked_for_taken_once_and_a_step_late(gateway: Gateway, desk: Desk) -> None:
    totp = with_codes(gateway, desk)
    assert not enter(gateway)
    assert not enter(gateway, code=totp.at(gateway.clock().timestamp()))  # confirmed with it: it has been used
    gateway.clock.forward(seconds=30)
    code = totp.at(gateway.clock().timestamp())
    gateway.clock.forward(seconds=30)
    assert enter(gateway, code=code)
    assert not enter(gateway, code=code)
    gateway.clock.forward(seconds=30)
    assert enter(gateway, code=f"{totp.at(gateway.clock().timestamp())[:3]} {totp.at(gateway.clock().timestamp())[3:]}")
    gateway.clock.forward(minutes=5)
    assert not enter(gateway, code=code)


def test_wrong_codes_lock_the_account_as_wrong_passwords_do(gateway: Gateway, desk: Desk) -> None:
    totp = with_codes(gateway, desk)
    gateway.clock.forward(minutes=2)
    for _ in range(5):
        assert not enter(gateway, code="000000")
    assert not enter(gateway, code=totp.at(gateway.clock().timestamp()))
    gateway.clock.forward(minutes=16)
    assert enter(gateway, code=totp.at(gateway.clock().timestamp()))


def test_the_secret_is_sealed_and_a_lost_phone_is_no_end(
    gateway: Gateway, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    totp = with_codes(gateway, desk)
    with gateway.deployment.database.read() as transaction:
        sealed = transaction.get_one(Administrator, 1).totp_sealed
    assert sealed
    assert totp.secret.encode() not in sealed
    assert totp.secret not in desk.get("/queue/account")
    settings = gateway.deployment.settings
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url),
                        ("SECRET_KEYS", SECRET), ("WEBHOOK_TOKEN", TOKEN), ("DATA_DIR", str(settings.data_dir))):  # fmt: skip
        monkeypatch.setenv(name, value)
    assert "without a code" in CliRunner().invoke(main, ["people", "reset-codes", EMAIL]).stdout
    assert enter(gateway)


def test_another_password_ends_the_sessions_of_the_old_one(gateway: Gateway, desk: Desk) -> None:
    other_desk = sign_in(gateway, EMAIL)
    assert "ancien mot de passe est faux" in desk.send("/queue/account", "password", old="wrong", new="a new password")
    assert "10 caractères" in desk.send("/queue/account", "password", old=PASSWORD, new="short")
    desk.send("/queue/account", "password", old=PASSWORD, new="a new password")
    assert other_desk.http.get("/queue/").status_code == 302
    assert not enter(gateway)
    assert enter(gateway, "a new password")


def test_after_a_logout_the_old_cookie_lets_nobody_in_and_ends_nobody_elses_session(
    gateway: Gateway, desk: Desk
) -> None:
    cookie = desk.http.get_cookie("ccs", path="/")
    assert cookie
    assert "Adresse" in desk.send("/queue/account", "logout")
    copied = gateway.app.test_client()
    copied.set_cookie("ccs", cookie.value)
    assert copied.get("/queue/account").status_code == 302
    again = sign_in(gateway, EMAIL)
    copied.set_cookie("ccs", cookie.value)
    token = re.search(r'name="csrf_token" value="([^"]+)"', copied.get("/queue/login").text)
    assert token
    assert copied.post("/queue/logout", data={"csrf_token": token[1]}).status_code == 302
    assert again.http.get("/queue/account").status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "99999\n"])
def test_what_is_no_code_is_never_right(code: str) -> None:
    from datetime import UTC, datetime

    assert step_of("JBSWY3DPEHPK3PXP", code, datetime(2026, 11, 24, tzinfo=UTC)) is None


def test_the_auditor_sees_who_saw_what_and_nothing_else_and_nobody_else_does(gateway: Gateway, desk: Desk) -> None:
    gateway.phone("+22370001001").write("on a volé ma moto à Lafiabougou")
    gateway.work()
    reference = re.search(r"CCS-[\w-]+", desk.get("/queue/concerns"))
    assert reference
    desk.get(f"/queue/concerns/{reference[0]}")
    gateway.administrator("auditor@example.org", Role.AUDITOR)
    auditor = sign_in(gateway, "auditor@example.org")
    assert "chaîne entière" in auditor.get("/queue/audit?verify=1")
    page = auditor.get("/queue/audit")
    assert "a lu une préoccupation" in page
    assert reference[0] in page
    assert "volé ma moto" not in page
    assert auditor.http.get("/queue/").location == "/queue/audit"
    for path in (f"concerns/{reference[0]}", "messages", "broadcasts", "campaigns", "committees", "people"):
        assert auditor.http.get(f"/queue/{path}").status_code == 403, path
    assert desk.http.get("/queue/audit").status_code == 403
    assert desk.http.get("/queue/audit.csv").status_code == 403
