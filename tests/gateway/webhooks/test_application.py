"""Who may call a webhook, and what others are never told."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from config.settings import Settings
from gateway.app import create_app
from gateway.runtime.deployment import Deployment
from tests.support.gateway import Gateway

REQUEST = {"sessionId": "1", "phoneNumber": "+22376000001", "serviceCode": "*384*223#", "text": ""}


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/wrong/africastalking/ussd",
        "/hooks/wrong/africastalking/sms",
        "/hooks/{token}/nobody/ussd",
        "/hooks/{token}/africastalking/nothing",
        "/hooks/é/africastalking/ussd",
    ],
)
def test_a_wrong_token_or_provider_is_404_with_no_hint(gateway: Gateway, path: str) -> None:
    answer = gateway.http.post(path.replace("{token}", gateway.deployment.settings.webhook_token), data=REQUEST)
    assert answer.status_code == 404
    assert answer.text == "404 Not Found\n"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [
        ("", "", 404),
        ("", "196.1.2.3", 404),  # nobody trusts this header
        ("127.0.0.0/8", "196.1.2.3", 200),
        ("127.0.0.0/8", "196.1.2.3, 10.0.0.1", 404),
        ("127.0.0.0/8,10.0.0.0/8", "196.1.2.3, 10.0.0.1", 200),
        ("127.0.0.0/8", "196.1.2.3, 8.8.8.8", 404),
        ("127.0.0.0/8", "nonsense", 404),
    ],
)
def test_only_allowed_callers_come_in_and_only_trusted_proxies_say_who_calls(
    gateway: Gateway, make_settings: Callable[..., Settings], proxies: str, forwarded: str, status: int
) -> None:
    settings = make_settings(webhook_allow="196.0.0.0/8", trusted_proxies=proxies)
    deployment = Deployment.open(settings, gateway.clock, (gateway.deployment.pack, gateway.deployment.triage))
    http = create_app(settings, deployment).test_client()
    answer = http.post(gateway.hook("ussd"), data=REQUEST, headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert answer.status_code == status
    deployment.close()


def test_pages_carry_a_strict_policy_and_no_trace(gateway: Gateway) -> None:
    for path in ("/", "/simulator", "/queue/login", "/nowhere", "/healthz"):
        answer = gateway.http.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Traceback" not in answer.text


def test_an_unexpected_error_says_nothing_of_what_it_was_about(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    @gateway.app.get("/broken")
    def broken() -> str:
        raise RuntimeError("le secret du +22376004321")

    answer = gateway.http.get("/broken")
    assert answer.status_code == 500
    assert answer.text.startswith("Erreur interne, repère ")
    assert "secret" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


def test_the_simulator_is_not_there_in_production(gateway: Gateway, make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(
        environment="production", secret_keys="x" * 32, webhook_token="y" * 32, sms_provider="africastalking"
    )
    deployment = Deployment.open(settings, gateway.clock, (gateway.deployment.pack, gateway.deployment.triage))
    http = create_app(settings, deployment).test_client()
    assert http.get("/simulator").status_code == 404
    assert http.post("/simulator/api/version1/messaging").status_code == 404
    assert http.get("/queue/login").status_code == 200
    deployment.close()


def test_health_names_each_part(gateway: Gateway, gateway_without_redis: Gateway) -> None:
    assert gateway.http.get("/healthz").text == "ok\n"
    ready = gateway.http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json == {
        "database": "ok",
        "redis": "ok",
        "worker": "no worker: start `python worker.py`",
        "pack": "ok",
        "database_checks": {"pages": "not yet", "row": "not yet"},
    }
    assert '"redis":"down (' in gateway_without_redis.http.get("/readyz").text
    gateway.phone().report()
    figures = gateway.http.get("/metrics").text
    assert 'ccs_concerns{state="received"} 1.0' in figures
    assert 'ccs_outbox_waiting{work="triage"} 1.0' in figures


@pytest.mark.parametrize(
    ("allowed", "proxies", "headers", "status"),
    [
        ("", "", {}, 200),
        ("", "", {"X-Forwarded-For": "8.8.8.8"}, 404),
        ("", "", {"X-Real-IP": "8.8.8.8"}, 404),
        ("", "", {"Forwarded": "for=8.8.8.8"}, 404),
        ("", "127.0.0.1", {"CF-Connecting-IP": "8.8.8.8"}, 404),  # a proxy of this machine with headers of its own
        ("", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("10.1.0.0/16", "", {}, 404),
        ("10.1.0.0/16", "", {"X-Forwarded-For": "10.1.2.3"}, 404),  # nobody trusts this header
        ("10.1.0.0/16", "127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 200),
        ("10.1.0.0/16", "127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, 404),
        ("127.0.0.1", "", {"X-Real-IP": "8.8.8.8"}, 200),
    ],
)
def test_metrics_are_for_whom_the_setting_names(
    gateway: Gateway, make_settings: Callable[..., Settings], allowed: str, proxies: str, headers: dict[str, str],
    status: int,
) -> None:  # fmt: skip
    settings = make_settings(metrics_allow=allowed, trusted_proxies=proxies)
    deployment = Deployment.open(settings, gateway.clock, (gateway.deployment.pack, gateway.deployment.triage))
    assert create_app(settings, deployment).test_client().get("/metrics", headers=headers).status_code == status
    deployment.close()


def test_what_nobody_foresaw_is_a_screen_on_the_phone_and_sent_again_otherwise(gateway: Gateway) -> None:
    """For example a row that only a later release understands."""
    phone = gateway.phone()
    reference = phone.report()
    with gateway.deployment.database.write() as transaction:
        transaction.execute(text("UPDATE concerns SET state = 'of_a_later_release'"))
    phone.dial()
    phone.type("2", reference)
    assert phone.ended
    assert phone.screen.startswith("Service indisponible")
    assert phone.write(f"SUIVI {reference}") == 503
