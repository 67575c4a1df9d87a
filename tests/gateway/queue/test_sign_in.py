"""Guessing passwords is slowed down, locks nobody out, does not fill the audit and keeps no citizen waiting."""

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from config.settings import Settings
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from storage.tables.audit import AuditLine
from tests.support.gateway import PASSWORD, Gateway
from tests.support.queue_pages import ADMIN, token_in
from tests.support.servers import gateway_up
from tests.support.siege import send_sms, sign_ins
from tests.support.waiting import seconds_of

pytestmark = pytest.mark.servers

GUESSER, OWNER = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def behind_proxy(gateway: Gateway, make_settings: Callable[..., Settings]) -> Gateway:
    settings = make_settings(trusted_proxies="127.0.0.1")
    deployment = Deployment.open(settings, gateway.clock, (gateway.deployment.pack, gateway.deployment.triage))
    gateway_behind_proxy = Gateway(deployment, create_app(settings, deployment), gateway.clock)
    gateway_behind_proxy.administrator(ADMIN)
    return gateway_behind_proxy


def enter(http: FlaskClient, password: str, caller: str, email: str = ADMIN) -> int:
    headers = {"X-Forwarded-For": caller}
    token = token_in(http.get("/queue/login", headers=headers).text)
    form = {"csrf_token": token, "email": email, "password": password}
    return http.post("/queue/login", data=form, headers=headers).status_code


def test_a_guesser_waits_and_the_owner_comes_in_from_elsewhere(behind_proxy: Gateway) -> None:
    guesser = behind_proxy.app.test_client()
    assert [enter(guesser, "wrong", GUESSER) for _ in range(7)] == [401] * 5 + [429] * 2
    assert enter(guesser, PASSWORD, GUESSER) == 429
    assert enter(behind_proxy.app.test_client(), PASSWORD, OWNER) == 302
    behind_proxy.clock.forward(minutes=16)
    assert enter(guesser, PASSWORD, GUESSER) == 302


def test_at_all_accounts_together_twenty_tries_are_enough(behind_proxy: Gateway) -> None:
    guesser = behind_proxy.app.test_client()
    tries = [enter(guesser, "wrong", GUESSER, f"admin{number}@example.org") for number in range(22)]
    assert tries == [401] * 20 + [429] * 2
    # Who has one IPv6 address has the whole network beside it.
    tries = [enter(guesser, "wrong", f"2001:db8:1:2::{number:x}") for number in range(6)]
    assert tries == [401] * 5 + [429]


def test_a_browser_in_which_the_owner_signed_in_before_is_a_caller_of_its_own(behind_proxy: Gateway) -> None:
    """In an office, or behind an unnamed proxy, the owner and the guesser have the same address."""
    owner, guesser = behind_proxy.app.test_client(), behind_proxy.app.test_client()
    assert enter(owner, PASSWORD, OWNER) == 302
    assert [enter(guesser, "wrong", OWNER) for _ in range(6)][-1] == 429
    owner.delete_cookie("ccs")
    assert enter(owner, "mistyped", OWNER) == 401
    assert enter(owner, PASSWORD, OWNER) == 302
    # The mark is its owner's alone: at another account it is nobody's.
    behind_proxy.administrator("other@example.org")
    assert [enter(owner, "wrong", GUESSER, "other@example.org") for _ in range(6)][-1] == 429
    # A forged one too.
    guesser.set_cookie("ccs_device", "forged", path="/queue/login")
    assert enter(guesser, PASSWORD, OWNER) == 429


def test_tries_at_the_same_moment_are_all_counted(behind_proxy: Gateway) -> None:
    statuses: list[int] = []

    def guess() -> None:
        statuses.append(enter(behind_proxy.app.test_client(), "wrong", GUESSER))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(401) <= 5
    assert set(statuses) <= {401, 429}


def test_wrong_tries_are_counted_in_the_audit_and_do_not_fill_it(behind_proxy: Gateway) -> None:
    guesser = behind_proxy.app.test_client()
    for _ in range(25):
        enter(guesser, "wrong", GUESSER)
    enter(guesser, "wrong", OWNER, "who@example.org")
    with behind_proxy.deployment.database.read() as transaction:
        lines = transaction.scalars(select(AuditLine).order_by(AuditLine.id)).all()
    assert [(line.actor, line.what, line.detail) for line in lines] == [
        (ADMIN, "sign_in_refused", {"tries": 1}),
        (ADMIN, "sign_in_refused", {"tries": 10}),
        ("nobody", "sign_in_refused", {"tries": 1}),
    ]


def test_an_old_password_is_not_guessed_at_in_a_session_that_was_left_open(behind_proxy: Gateway) -> None:
    http = behind_proxy.app.test_client()
    assert enter(http, PASSWORD, OWNER) == 302
    form = {"csrf_token": token_in(http.get("/queue/account").text), "old": "wrong", "new": "a new password"}
    answer = [http.post("/queue/account/password", data=form, follow_redirects=True).text for _ in range(6)]
    assert "ancien mot de passe est faux" in answer[4]
    assert "attendez quinze minutes" in answer[5]


@pytest.mark.servers
def test_while_many_sign_in_an_sms_is_taken_at_once(tmp_path: Path) -> None:
    """Each try comes from another address: no limit of a caller stops them, only few hashes run at once."""
    with gateway_up(tmp_path, TRUSTED_PROXIES="127.0.0.1") as running, sign_ins(running, 20) as answers:
        took: list[float] = []
        # Long enough for those who guess to have begun: a refusal is answered a second late.
        until = time.monotonic() + 5
        while len(took) < 20 or time.monotonic() < until:
            took.append(seconds_of(partial(send_sms, running, "sign-in", len(took))))
    assert answers[401]
    assert sorted(took)[-2] < 2.0
    assert set(answers) <= {401, 429}
