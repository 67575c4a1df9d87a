"""Every role at every route of the web queue: nobody sees or changes anything of another area."""

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from gateway.queue.access import ROUTES, Needs
from storage.enumerations import Role
from storage.tables.audit import AuditLine
from tests.support.access_steps import COMMUNE_IV, WORDS, filled, state, what_commune_iv_has, words_of
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway


@pytest.fixture
def known(gateway: Gateway) -> dict[str, str]:
    return what_commune_iv_has(gateway)


@pytest.mark.parametrize("role", list(Role))
def test_nothing_of_another_area_is_seen_or_done_by_any_route(
    gateway: Gateway, known: dict[str, str], role: Role
) -> None:
    gateway.administrator("kayes@example.org", role, "ml-kayes")
    desk = sign_in(gateway, "kayes@example.org")
    token = desk.http.get("/queue/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    before, tried = state(gateway), 0
    for rule in gateway.app.url_map.iter_rules():
        methods = rule.methods or set()
        if not str(rule).startswith("/queue/") or rule.endpoint.startswith("login.") or "static" in rule.endpoint:
            continue
        gateway.deployment.redis.flushall()  # who opens much in vain is slowed down, which is tested elsewhere
        path = filled(rule, known)
        about_them = bool(rule.arguments - {"act"})
        if "GET" in methods:
            answer = desk.http.get(path)
            goes_to_the_audit = role is Role.AUDITOR and rule.endpoint == "queue.start"
            allowed = (302,) if goes_to_the_audit else (403, 404) if about_them else (200, 403)
            assert answer.status_code in allowed, (path, answer.status_code)
            words = words_of(answer)
            if role is not Role.AUDITOR:
                assert known["reference"] not in words, path
            for secret in (WORDS, "Éclairer la route", "Réunion jeudi", "theirs@example.org"):
                assert secret not in words, path
        if "POST" in methods:
            form = {
                "csrf_token": token,
                "version": "1",
                "said": "C'est fait.",
                "answer": "C'est fait.",
                "area": COMMUNE_IV,
                "email": "new@example.org",
                "role": "observer",
                "number": "+22370009009",
            }
            answer = desk.http.post(path, data=form)
            assert answer.status_code in ((403, 404) if about_them else (200, 302, 403, 404, 422)), (
                path,
                answer.status_code,
            )
        tried += 1
    assert tried > 20
    assert state(gateway) == before
    with gateway.deployment.database.read() as transaction:
        acts = transaction.scalars(select(AuditLine.what).where(AuditLine.actor == "kayes@example.org")).all()
    assert not {
        act
        for act in acts
        if act.startswith(
            ("item_", "meeting_", "committee_", "recommendation_", "broadcast_", "administrator_", "secretary_")
        )
    }


MAY = {
    Needs.ACCOUNT: set(Role),
    Needs.READ: set(Role) - {Role.AUDITOR},
    Needs.ACT: {Role.SECRETARY, Role.COORDINATOR, Role.ADMINISTRATOR},
    Needs.SENSITIVE: {Role.ADMINISTRATOR},
    Needs.MANAGE: {Role.ADMINISTRATOR},
    Needs.COUNTRY: {Role.ADMINISTRATOR},
    Needs.AUDIT: {Role.AUDITOR},
}
"""Who has what a page asks, written out once more: a change of the rule must change this too."""


def pages(gateway: Gateway) -> list[Rule]:
    """The addresses of the web queue that ask for somebody who signed in."""
    return [
        rule
        for rule in gateway.app.url_map.iter_rules()
        if str(rule).startswith("/queue/") and not rule.endpoint.startswith("login.") and "static" not in rule.endpoint
    ]


def test_every_page_says_what_it_asks_of_a_role(gateway: Gateway) -> None:
    """A new page without a row fails here, as does a row without a page."""
    assert {rule.endpoint for rule in pages(gateway)} == set(ROUTES)


@pytest.mark.parametrize("area", [COMMUNE_IV, "ml-kayes", "ml"])
@pytest.mark.parametrize("role", list(Role))
def test_each_page_for_each_role_and_area_is_denied_where_no_rule_allows_it(
    gateway: Gateway, known: dict[str, str], role: Role, area: str
) -> None:
    gateway.administrator("who@example.org", role, area)
    desk = sign_in(gateway, "who@example.org")
    token = desk.http.get("/queue/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    before = state(gateway)
    for rule in pages(gateway):
        gateway.deployment.redis.flushall()  # who opens much in vain is slowed down, which is tested elsewhere
        needs, path = ROUTES[rule.endpoint], filled(rule, known)
        may = role in MAY[needs] and (needs is not Needs.COUNTRY or area == "ml")
        # A secretary has what is before their committee: of Commune IV's report and item the commune's own alone.
        covers = area == COMMUNE_IV or (area == "ml" and role is not Role.SECRETARY)
        about_them = bool(rule.arguments - {"act"})
        if "GET" in (rule.methods or ()):
            # The item was referred to no service: it has no letter.
            is_there = (covers and rule.endpoint != "queue.letter") or not about_them
            expected = 403 if not may else 200 if is_there else 404
            if rule.endpoint == "queue.start" and role is Role.AUDITOR:
                expected = 302  # to the audit
            assert desk.http.get(path).status_code == expected, path
        if "POST" in (rule.methods or ()) and not may:
            assert desk.http.post(path, data={"csrf_token": token, "version": "1"}).status_code == 403, path
    assert state(gateway) == before
