"""Hostile inputs at every webhook, page and command: no 500, no traceback, no growth of memory.

A few hundred here; `make chaos` sends ten thousand (`HOSTILE`).
"""

import gc
import logging
import os
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
import yaml
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.routing import IntegerConverter, Rule

from gateway.abuse.brute_force import BruteForceGuard
from gateway.cli import COMMANDS, main
from storage.safety.sealed_file import MAGIC
from tests.support.access_steps import words_of
from tests.support.browsing import sign_in
from tests.support.commands import use_settings_of
from tests.support.gateway import TOKEN, Gateway
from tests.support.servers import ROOT

INPUTS = int(os.environ.get("HOSTILE", "400"))
pytestmark = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
NO_TOKEN = {"404", "429"}
"""What whoever does not know the webhooks' token is answered, and nobody else."""
DECLARED = [status_code_conformance, content_type_conformance, response_schema_conformance]
many = settings(
    max_examples=INPUTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
)
some = settings(many, max_examples=max(INPUTS // 4, 50))

NASTY = (
    "", " ", "0", "-1", "1e309", "999999999999999999999", "NaN", "true", "null", "[]", "{}", "\x00", "\ud800", "\u202e",
    "🙂" * 50, "é" * 2000, "x" * 70_000, "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "%s%n", "../../etc/passwd",
    "+22376000001", "22376000001", "*384*223#", "1*2*3", "CCS-7K4Q", "2026-13-45", "on a volé ma moto à Banconi",
    "9" * 30, "9" * 5000, "-" + "9" * 30, "٣" * 30, "Africa", "Europe/../../etc/passwd", "Africa/Bamako\n", "\n",
    "/queue/\nSet-Cookie: x=1", "/queue/\r\n", "//evil.example/queue/", "/\\evil.example", "CCS-2345-6789", "R-2026-001",
    "PIN 1234", "PIN 2A3B-4C5D 1234", "EFFACER 123456", "STOP", "VOIR CCS-9999", "7/6·0,0_1.2-3•4", "٧٦٠٠١٢٣٤",
)  # fmt: skip
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=60)).map(
    lambda content: content.encode("utf-8", "replace").decode()
)
fields = st.sampled_from((
    "sessionId", "phoneNumber", "serviceCode", "text", "id", "from", "to", "date", "status", "failureReason", "charset",
    "udh", "Type", "Mobile", "Message", "Sequence", "SessionId", "session_id", "msisdn", "userData", "newSession",
    "payload", "command", "version", "said", "score", "until", "upload", "area", "page", "before", "state", "commune",
    "next", "reference", "time_zone", "category", "answer", "code", "email", "password", "role",
))  # fmt: skip
forms = st.dictionaries(fields, text, max_size=8)
header_values = text.map(
    lambda content: "".join(letter for letter in content if letter.isprintable() and letter.isascii())
)
headers = st.dictionaries(
    st.sampled_from(("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-Ip", "Accept",
                     "Accept-Language", "Cookie", "Authorization", "Range", "If-None-Match")),
    header_values, max_size=4,
)  # fmt: skip
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(fields, text), inner, max_size=4)),
    max_leaves=12,
)
PROVIDERS = ("africastalking", "kannel", "orange", "hubtel", "arkesel", "nalo", "beem", "infobip")
HOOKS = ("ussd", "ussd-events", "sms", "delivery", "opt-out", "ussd/session/1/start", "ussd/session/x/response")


def safe(answer: Any) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, (answer.status_code, answer.text[:200])
    for trace in ("Traceback", "Erreur interne", "sqlalchemy", 'File "'):
        assert trace not in words_of(answer)


@given(st.data())
@many
def _every_webhook(gateway: Gateway, data: st.DataObject) -> None:
    path = f"/hooks/{TOKEN}/{data.draw(st.sampled_from(PROVIDERS))}/{data.draw(st.sampled_from(HOOKS))}"
    way = data.draw(st.sampled_from(("form", "json", "bytes", "get", "put")))
    http = gateway.http
    if way == "form":
        safe(http.post(path, data=data.draw(forms), headers=data.draw(headers)))
    elif way == "json":
        safe(http.post(path, json=data.draw(json_values)))
    elif way == "put":
        safe(http.put(path, json=data.draw(json_values)))
    elif way == "bytes":
        kind = data.draw(
            st.sampled_from(
                ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
            )
        )
        safe(http.post(path, data=data.draw(st.binary(max_size=300)), content_type=kind))
    else:
        safe(http.get(path, query_string=data.draw(forms)))


def test_every_webhook_takes_whatever_comes(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    _every_webhook(gateway)
    gateway.work()  # what was kept is read, whatever it is
    assert [record.getMessage() for record in caplog.records if "unexpected" in record.getMessage()] == []


def filled(rule: Rule, value: str, number: int) -> str:
    """The address of a route, its placeholders filled with hostile values."""
    path = str(rule)
    for name in rule.arguments:
        converter = rule._converters[name]
        shown = str(number) if isinstance(converter, IntegerConverter) else quote(value, safe="") or "x"
        path = path.replace(re.search(rf"<(?:\w+:)?{name}>", path)[0], shown)  # type: ignore[index]
    return path


@given(st.data())
@many
def _every_page(gateway: Gateway, http: FlaskClient, token: str, data: st.DataObject) -> None:
    rules = [rule for rule in gateway.app.url_map.iter_rules() if not str(rule).startswith(("/hooks", "/simulator"))]
    rule = data.draw(st.sampled_from(sorted(rules, key=str)))
    known = ("ml-bamako-commune-iv", "CCS-7K4Q", "R-2026-001", "decide", "change", "import", "json", "x")
    path = filled(
        rule,
        data.draw(st.one_of(st.sampled_from(known), text)),
        data.draw(st.sampled_from((0, 1, 2, 10**9, 10**30, 10**4000))),
    )
    if "POST" in (rule.methods or ()) and data.draw(st.booleans()):
        safe(http.post(path, data={**data.draw(forms), "csrf_token": token}))
    else:
        safe(http.get(path, query_string=data.draw(forms), headers=data.draw(headers)))


def test_every_page_takes_whatever_is_asked(gateway: Gateway) -> None:
    gateway.phone("+22370001001").write("on a volé ma moto à Lafiabougou")
    gateway.work()
    gateway.administrator("admin@example.org")
    desk = sign_in(gateway, "admin@example.org")
    token = desk.get("/queue/").split('name="csrf_token" value="')[1].split('"')[0]
    _every_page(gateway, desk.http, token)


def typed(runner: CliRunner, *arguments: str) -> None:
    """Runs a command, which must end without a traceback."""
    result = runner.invoke(main, [argument.replace("\0", "") for argument in arguments], input="")
    assert result.exception is None or isinstance(result.exception, SystemExit), (arguments, result.exception)
    assert "Traceback" not in result.output


WORK_WITHOUT_ARGUMENTS = {"up", "train", "demo"}
"""These would do all their work; with an argument they refuse."""
FILES_IN = (["evaluate"], ["evaluate", "--json"], ["restore", "--replace"], ["places", "import", "--dry-run"],
            ["committees", "import", "--dry-run"], ["committees", "import"])  # fmt: skip
lines = st.lists(st.lists(text, max_size=8).map("\t".join), max_size=6).map("\n".join)
contents = st.one_of(
    st.binary(max_size=300),
    lines.map(str.encode),
    lines.map(lambda content: f"text\tlanguage\tcommune\tplace\tcategory\turgency\tkind\n{content}".encode()),
    lines.map(lambda content: f"commune_code,name,lat,lon\n{content}".replace("\t", ",").encode()),
    lines.map(lambda content: f"committee,meets,digest_hour\n{content}".replace("\t", ",").encode()),
    lines.map(lambda content: MAGIC + content.encode()),
)


@given(st.sampled_from(sorted(COMMANDS)), st.lists(text, max_size=4))
@some
def _every_command(runner: CliRunner, command: str, arguments: list[str]) -> None:
    if command == "backup":
        arguments = [argument.replace("/", "") for argument in arguments]  # into this folder, wherever that is
    typed(runner, command, *arguments, *(["more"] if command in WORK_WITHOUT_ARGUMENTS else []))


@given(st.sampled_from(FILES_IN), contents)
@some
def _every_file(runner: CliRunner, file: Path, command: list[str], content: bytes) -> None:
    file.write_bytes(content)
    typed(runner, *command, str(file))


@pytest.mark.slow
def test_every_command_takes_whatever_is_typed(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    use_settings_of(gateway, monkeypatch)
    _every_command(CliRunner())
    _every_file(CliRunner(), tmp_path / "given")


def test_what_the_openapi_document_says_holds_and_no_input_breaks_it(gateway: Gateway) -> None:
    schema = schemathesis.openapi.from_dict(yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text()))
    address = f"http://127.0.0.1:{gateway.deployment.settings.port}"
    operation: Any
    for operation in schema.get_all_operations():
        _check(gateway, address, operation.ok())


def _check(gateway: Gateway, address: str, operation: Any) -> None:
    """Sends what the document describes, with the right token or a wrong one; the answer is one that it declares."""
    declared = set(operation.definition.raw["responses"])
    assert "default" not in declared

    @given(case=operation.as_strategy(), knows_token=st.booleans())
    @settings(some, max_examples=max(INPUTS // 40, 5))
    def check(case: Any, knows_token: bool) -> None:
        # Somebody who guesses tokens has to wait, which is tested elsewhere.
        gateway.app.extensions["brute_force_guard"] = BruteForceGuard()
        expected = declared
        if "token" in (case.path_parameters or {}):
            case.path_parameters["token"] = TOKEN if knows_token else "another token"
            expected = declared - NO_TOKEN if knows_token else NO_TOKEN
        answer = case.call(base_url=address)
        assert str(answer.status_code) in expected, case.as_curl_command()
        case.validate_response(answer, checks=DECLARED)

    check()


def test_memory_does_not_grow_with_hostile_input(gateway: Gateway) -> None:
    nasty = [value.encode("utf-8", "replace").decode() for value in NASTY]

    def send(count: int) -> None:
        for number in range(count):
            gateway.http.post(
                gateway.hook("ussd"), data={"sessionId": f"s{number}", "phoneNumber": nasty[number % len(nasty)]}
            )
            gateway.http.post(f"/hooks/{TOKEN}/hubtel/ussd", json={"SessionId": [number], "Mobile": nasty[number % 20]})
            gateway.http.get(f"/queue/{number}", query_string={"page": nasty[number % len(nasty)]})

    logging.disable(logging.CRITICAL)  # pytest keeps every line that is logged, which would grow
    try:
        grown = _grown(send)
    finally:
        logging.disable(logging.NOTSET)
    assert grown < 2_000_000, f"{grown} bytes more after {3 * INPUTS} requests"


def _grown(send: Callable[[int], None]) -> int:
    """The growth of memory in bytes during many requests, after the caches are full."""
    send(100)
    gc.collect()
    tracemalloc.start()
    send(20)
    before = tracemalloc.get_traced_memory()[0]
    send(INPUTS)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown
