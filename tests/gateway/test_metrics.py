"""What an operator sees of a gateway at work: figures for Prometheus, and log lines that follow a message."""

import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from gateway.runtime.logs import JsonLines, log_step
from storage.tables.messages import Message
from tests.support.gateway import Gateway
from tests.support.servers import ROOT, missing

MONITORING = ROOT / "docs" / "monitoring"
OF_PROMETHEUS = {"up"}
NUMBER = "+22370001777"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def figures(gateway: Gateway) -> Samples:
    families = text_string_to_metric_families(gateway.http.get("/metrics").text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def more(before: Samples, after: Samples, name: str, **labels: str) -> float:
    key = (name, tuple(sorted(labels.items())))
    return after.get(key, 0) - before.get(key, 0)


@pytest.fixture
def lines(gateway: Gateway) -> Iterator[list[dict[str, object]]]:
    """What a gateway with LOG_FORMAT=json logs, as it is read by a machine."""
    kept: list[dict[str, object]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(json.loads(JsonLines().format(record)))

    handler = Keep()
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)


def walk(gateway: Gateway) -> int:
    """A report by SMS, read, acknowledged and delivered; the id of its concern."""
    assert gateway.phone(NUMBER).write("on a volé ma moto à Lafiabougou") == 200
    gateway.work()
    with gateway.deployment.database.read() as transaction:
        sms = transaction.scalars(select(Message)).one()
    report = {"id": sms.provider_message_id or "", "status": "Success", "phoneNumber": NUMBER}
    assert gateway.http.post(gateway.hook("delivery"), data=report).status_code == 200
    return sms.concern_id or 0


def test_requests_sessions_and_waits_are_counted(gateway: Gateway) -> None:
    before = figures(gateway)
    phone = gateway.phone(NUMBER)
    phone.report()
    phone.request()  # the network sends the last request again
    gateway.http.post(gateway.hook("sms"), data={"nothing": "to read"})
    gateway.http.post("/hooks/wrong/africastalking/ussd", data={})
    after = figures(gateway)
    answered = {"provider": "africastalking", "hook": "ussd", "outcome": "answered"}
    assert more(before, after, "ccs_requests_total", **answered) == 11
    assert more(before, after, "ccs_requests_total", **answered | {"hook": "sms", "outcome": "refused"}) == 1
    kept_out = {"provider": "unknown", "hook": "ussd", "outcome": "kept_out"}
    assert more(before, after, "ccs_requests_total", **kept_out) == 1
    assert more(before, after, "ccs_request_seconds_count", hook="ussd") == 12
    assert [more(before, after, "ccs_sessions_total", event=event) for event in ("begun", "ended", "filed")] == [
        1,
        1,
        1,
    ]
    assert more(before, after, "ccs_lock_wait_seconds_count") > 0


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_a_session_that_redis_lost_is_counted_as_rebuilt(gateway: Gateway) -> None:
    phone = gateway.phone(NUMBER)
    phone.dial()
    before = figures(gateway)
    gateway.deployment.redis.flushall()
    phone.type("1")
    assert more(before, figures(gateway), "ccs_sessions_total", event="rebuilt") == 1


def test_work_sending_and_cost_are_read_from_the_database(gateway: Gateway) -> None:
    assert gateway.phone(NUMBER).write("on a volé ma moto à Lafiabougou") == 200
    gateway.clock.forward(seconds=20)
    waiting = figures(gateway)
    assert waiting["ccs_outbox_age_seconds", (("work", "triage"),)] == 20
    before = waiting
    gateway.work()
    after = figures(gateway)
    assert after["ccs_outbox_age_seconds", (("work", "triage"),)] == 0
    assert after["ccs_triage_delay_seconds", (("quantile", "0.95"),)] == 20
    assert more(before, after, "ccs_triage_seconds_count") == 1
    assert after["ccs_send_attempts", (("outcome", "taken"), ("provider", "africastalking"))] == 1
    assert more(before, after, "ccs_provider_seconds_count", provider="africastalking", outcome="taken") == 1
    with gateway.deployment.database.read() as transaction:
        sms = transaction.scalars(select(Message)).one()
    assert after["ccs_sms_cost_today", (("currency", sms.currency),)] == sms.price
    assert after["ccs_concerns_doubtful", (("reading", "sure"),)] == 1


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_one_id_follows_a_message_from_its_request_to_its_receipt(
    gateway: Gateway, lines: list[dict[str, object]]
) -> None:
    concern = walk(gateway)
    steps = [line for line in lines if line.get("concern") == concern]
    assert [line["message"] for line in steps[:2]] == ["report filed", "concern read"]
    assert {line["message"] for line in steps[2:]} == {"sms handed over", "delivery report"}
    assert len({line["sms"] for line in steps[2:]}) == 1
    requests = {line["request"] for line in steps if line["message"] in ("report filed", "delivery report")}
    assert len(requests) > 1
    assert all(re.fullmatch(r"[0-9a-f]{12}", str(request)) for request in requests)
    assert not any(NUMBER[4:] in json.dumps(line) or "moto" in json.dumps(line) for line in lines)


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_an_answer_says_by_which_id_its_log_lines_go(gateway: Gateway, lines: list[dict[str, object]]) -> None:
    answer = gateway.http.post(gateway.hook("sms"), data={"nothing": "to read"})
    assert answer.headers["X-Request-Id"] in {line.get("request") for line in lines}


@pytest.mark.parametrize("value", [NUMBER, 22370001777, "on a volé ma moto", 1.5])
def test_a_number_or_a_text_cannot_be_logged_as_a_step(value: object) -> None:
    with pytest.raises(ValueError, match="may not be logged"):
        log_step(logging.getLogger("test"), "filed", state=value)


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_alerts_and_dashboard_name_only_figures_that_are_there(gateway: Gateway) -> None:
    walk(gateway)
    shown = gateway.http.get("/metrics").text
    known = set(re.findall(r"^# TYPE (\w+)", shown, re.MULTILINE)) | {name for name, _ in figures(gateway)}
    rules = [
        rule for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    expressions = [rule["expr"] for rule in rules]
    expressions += [target["expr"] for panel in panels for target in panel.get("targets", ())]
    named = {name for expression in expressions for name in re.findall(r"\bccs_\w+|\bup\b", expression)}
    assert len(named) > 15
    # A histogram without a sample shows its type alone.
    assert {
        name for name in named - OF_PROMETHEUS if name not in known and name.removesuffix("_bucket") not in known
    } == set()


@pytest.mark.servers
@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_prometheus_itself_reads_rules_and_figures(gateway: Gateway) -> None:
    promtool = shutil.which("promtool") or ""
    if not promtool:
        missing("promtool", "prometheus")
    walk(gateway)
    rules = subprocess.run(
        [promtool, "check", "rules", str(MONITORING / "alerts.yaml")], capture_output=True, text=True
    )
    assert rules.returncode == 0, rules.stderr
    shown = gateway.http.get("/metrics").text
    linted = subprocess.run([promtool, "check", "metrics"], input=shown, capture_output=True, text=True)
    assert linted.returncode in (0, 3), linted.stderr
    assert "error" not in linted.stderr.lower(), linted.stderr


def test_a_count_of_all_rows_that_became_slow_is_not_made_at_each_scrape(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = ("ccs_concerns", (("state", "received"),))
    gateway.phone(NUMBER).write("on a volé ma moto à Lafiabougou")
    assert figures(gateway)[received] == 1
    gateway.phone(NUMBER).write("aucun lampadaire ne marche à Sogoniko")
    monkeypatch.setattr("gateway.database_figures.SLOW", 0.0)
    monkeypatch.setattr("gateway.database_figures.KEPT", 10**6)
    assert figures(gateway)[received] == 2
    gateway.phone(NUMBER).write("bagarre à Banconi samedi passé")
    assert figures(gateway)[received] == 2
