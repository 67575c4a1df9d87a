"""The JSON API: tokens with scopes and an area, the same rights as the pages, pages of lists, problems in words."""

import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from gateway.api.document import DOCUMENT
from storage.tables.api import ApiToken
from storage.tables.audit import AuditLine
from storage.tables.concerns import Concern
from tests.support.commands import Run, rows
from tests.support.gateway import Gateway

COMMUNE_IV = "ml-bamako-commune-iv"
MOTO, LAMPS = "on a volé ma moto à Lafiabougou hier", "aucun lampadaire ne marche à Banconi"
AGENTS = "les agents demandent de l'argent sans reçu au barrage de Lafiabougou"
Get = Callable[..., Any]
EVERY_SCOPE = ("concerns:read", "committees:read", "webhooks:manage")


def token(run: Run, name: str = "board", area: str = "", scopes: tuple[str, ...] = EVERY_SCOPE) -> str:
    arguments = ["tokens", "create", name, *(["--area", area] if area else [])]
    for scope in scopes:
        arguments += ["--scope", scope]
    result = run(*arguments)
    match = re.fullmatch(r"token     (ccs_[\w-]{43})\n", result.stdout)
    assert match, result.output
    return match[1]


def get(http: FlaskClient, path: str, token: str) -> Any:
    """The answer, held to what the document says of it."""
    answer = http.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
    check(answer, path)
    return answer


def check(answer: Any, path: str, method: str = "get") -> None:
    name = re.sub(
        r"^(concerns|committees|webhooks)/[^/]+$", lambda match: f"{match[1]}/{KEYS[match[1]]}", path.partition("?")[0]
    )
    described = DOCUMENT["paths"][f"/api/v1/{name}"][method]["responses"][str(answer.status_code)]
    if "content" in described:
        ((kind, content),) = described["content"].items()
        assert answer.content_type == kind
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        jsonschema_rs.validate(schema, answer.get_json())


KEYS = {"concerns": "{reference}", "committees": "{code}", "webhooks": "{id}"}


@pytest.fixture
def reports(gateway: Gateway) -> dict[str, str]:
    """A report of Commune IV, one of Commune I and one about agents, by their words."""
    for number, text in enumerate((MOTO, LAMPS, AGENTS)):
        gateway.phone(f"+2237000100{number}").write(text)
        gateway.work()
    with gateway.deployment.database.read() as transaction:
        references = transaction.scalars(select(Concern.reference).order_by(Concern.id)).all()
    return dict(zip((MOTO, LAMPS, AGENTS), references, strict=True))


def test_a_token_sees_its_area_and_nothing_sensitive(gateway: Gateway, reports: dict[str, str], run: Run) -> None:
    country, commune = token(run), token(run, "iv", "Commune IV")
    seen = [entry["reference"] for entry in get(gateway.http, "concerns", country).get_json()["data"]]
    assert seen == [reports[LAMPS], reports[MOTO]]
    answer = get(gateway.http, "concerns", commune)
    (entry,) = answer.get_json()["data"]
    assert (entry["reference"], entry["commune"], entry["place"]) == (reports[MOTO], COMMUNE_IV, "Lafiabougou")
    assert (entry["category"], entry["state"]) == ("theft", "received")
    for body in (answer.text, get(gateway.http, f"concerns/{reports[MOTO]}", commune).text):
        assert "moto" not in body
        assert "7000100" not in body
    for reference in (reports[LAMPS], reports[AGENTS], "CCS-9999-9999", "nonsense"):
        assert get(gateway.http, f"concerns/{reference}", commune).status_code == 404
    assert get(gateway.http, f"concerns/{reports[AGENTS]}", country).status_code == 404
    codes = [entry["code"] for entry in get(gateway.http, "committees", commune).get_json()["data"]]
    assert codes == [COMMUNE_IV]
    assert get(gateway.http, "committees/ml-bamako", commune).status_code == 404
    assert get(gateway.http, f"committees/{COMMUNE_IV}", commune).get_json()["next_meeting_at"]


def test_without_a_token_or_a_scope_nothing_is_told(gateway: Gateway, reports: dict[str, str], run: Run) -> None:
    narrow = token(run, "narrow", scopes=("committees:read",))
    for path in ("concerns", f"concerns/{reports[MOTO]}", "webhooks"):
        assert get(gateway.http, path, narrow).status_code == 403
    wrong = get(gateway.http, "concerns", "ccs_wrong")
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, 'Bearer realm="ccs"')
    assert gateway.http.get("/api/v1/concerns").status_code == 401
    assert gateway.http.get("/api/v1/concerns", headers={"Authorization": f"Basic {narrow}"}).status_code == 401
    # Whoever guesses waits; a right token from the same address is served.
    assert [get(gateway.http, "committees", "ccs_guess").status_code for _ in range(20)][-1] == 429
    assert get(gateway.http, "committees", narrow).status_code == 200


def test_a_revoked_token_opens_nothing_at_once(gateway: Gateway, reports: dict[str, str], run: Run) -> None:
    given = token(run)
    assert get(gateway.http, "concerns", given).status_code == 200
    assert run("tokens", "revoke", "board").stdout == "board opens nothing more\n"
    assert get(gateway.http, "concerns", given).status_code == 401
    assert run("tokens", "revoke", "nobody").stderr == "no token is called `nobody`\n"
    assert "has that name already" in run("tokens", "create", "board", "--scope", "concerns:read").stderr
    assert run("tokens", "create", "x", "--scope", "everything").exit_code == 2
    (listed,) = rows(run("tokens", "list", "--json"))
    assert (listed["name"], listed["scopes"], listed["area"]) == ("board", " ".join(sorted(EVERY_SCOPE)), "ml")
    assert listed["revoked_at"]
    with gateway.deployment.database.read() as transaction:
        kept = transaction.scalars(select(ApiToken.token_hash)).one()
        acts = transaction.scalars(select(AuditLine.what).where(AuditLine.what.startswith("token_"))).all()
    assert given.encode() not in kept
    assert acts == ["token_created", "token_used", "token_revoked"]


def test_a_list_comes_in_pages_and_the_cursor_counts_nothing(
    gateway: Gateway, reports: dict[str, str], run: Run
) -> None:
    given = token(run)
    first = get(gateway.http, "concerns?limit=1&state=received", given)
    onward = first.get_json()["next"]
    assert onward == f"/api/v1/concerns?limit=1&state=received&cursor={reports[LAMPS]}"
    assert first.headers["Link"] == f'<{onward}>; rel="next"'
    second = get(gateway.http, onward.removeprefix("/api/v1/"), given)
    assert [entry["reference"] for entry in second.get_json()["data"]] == [reports[MOTO]]
    assert second.get_json()["next"] is None
    assert "Link" not in second.headers


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("commune=ml-bamako-commune-iv", 1), ("category=lighting", 1), ("state=closed", 0), ("urgency=emergency", 0),
        ("since=2026-11-24T09:00:00Z", 2), ("since=2026-11-25T09:00:00%2B00:00", 0),
    ],
)  # fmt: skip
def test_filters(gateway: Gateway, reports: dict[str, str], run: Run, asked: str, count: int) -> None:
    assert len(get(gateway.http, f"concerns?{asked}", token(run)).get_json()["data"]) == count


@pytest.mark.parametrize(
    "asked",
    ["limit=0", "limit=101", f"limit={'9' * 5000}", "cursor=", "cursor=CCS-9999", "commune=mars", "state=gone",
     "since=yesterday", "since=2026-11-24T09:00:00", "since=9999-12-31T23:59:59Z", "urgency=%00"],
)  # fmt: skip
def test_what_is_not_understood_is_a_problem_in_words(gateway: Gateway, run: Run, asked: str) -> None:
    answer = get(gateway.http, f"concerns?{asked}", token(run))
    assert answer.status_code == 400
    assert answer.get_json()["detail"]


def test_references_in_vain_slow_a_program_down(gateway: Gateway, reports: dict[str, str], run: Run) -> None:
    given = token(run)
    tries = [get(gateway.http, "concerns/CCS-9999-9999", given).status_code for _ in range(101)]
    assert tries == [404] * 100 + [429]
    assert get(gateway.http, f"concerns/{reports[MOTO]}", given).status_code == 200


def test_the_document_is_valid_and_an_unknown_address_is_a_problem(gateway: Gateway) -> None:
    assert gateway.http.get("/api/v1/openapi.json").get_json() == DOCUMENT
    for path in ("", "nothing", "concerns/x/y"):
        answer = gateway.http.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert gateway.http.delete("/api/v1/concerns").status_code == 404


def test_webhooks_are_made_listed_and_ended_by_their_own_token_alone(gateway: Gateway, run: Run) -> None:
    mine, other_token = token(run), token(run, "other")
    new = {"url": "https://example.org/hook", "events": ["concern.received"]}

    def post(body: Any) -> Any:
        answer = gateway.http.post("/api/v1/webhooks", json=body, headers={"Authorization": f"Bearer {mine}"})
        check(answer, "webhooks", "post")
        return answer

    webhook = post(new)
    assert webhook.status_code == 201
    assert webhook.get_json()["secret"].startswith("whsec_")
    assert "secret" not in get(gateway.http, "webhooks", mine).get_json()["data"][0]
    assert get(gateway.http, "webhooks", other_token).get_json()["data"] == []
    refused: tuple[Any, ...] = (
        {}, [], None, {**new, "url": "http://example.org"}, {**new, "url": "https://user@example.org/"},
        {**new, "url": "https://example.org:99999/"}, {**new, "url": "https:///x"}, {**new, "url": 3},
        {**new, "url": f"https://example.org/{'x' * 500}"}, {**new, "events": []}, {**new, "events": ["all"]},
    )  # fmt: skip
    for wrong in refused:
        assert post(wrong).status_code == 400, wrong
    assert [post(new).status_code for _ in range(5)] == [201] * 4 + [409]
    id = webhook.get_json()["id"]
    for given, status in ((other_token, 404), (mine, 204), (mine, 404)):
        answer = gateway.http.delete(f"/api/v1/webhooks/{id}", headers={"Authorization": f"Bearer {given}"})
        assert answer.status_code == status
