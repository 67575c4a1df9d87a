"""Each page of the web queue has a heading and a short help, and each list says what to do while it is empty."""

from __future__ import annotations

import re

import pytest
from lxml import html
from werkzeug.routing import Rule

from gateway.queue.access import ROUTES, Needs
from gateway.queue.help import GUIDE, HELP, anchor
from storage.enumerations import Role
from tests.support.access_steps import filled, what_commune_iv_has
from tests.support.browsing import sign_in
from tests.support.gateway import Gateway

FILES = {
    "queue.audit_csv", "queue.audit_xlsx", "queue.concerns_csv", "queue.concerns_xlsx", "queue.dashboard_csv",
    "queue.dashboard_xlsx", "queue.htmx", "queue.letter", "queue.paper", "queue.registry_csv", "queue.registry_xlsx",
}  # fmt: skip
"""Addresses that answer with a file."""
SAY_WHAT_TO_DO = {
    "/queue/": "Voyez ce qui est à vérifier",
    "/queue/concerns": "envoyez-en un",
    "/queue/concerns?state=closed": "Tout montrer",
    "/queue/dashboard": "Choisissez-en une plus longue",
    "/queue/meetings?month=2020-01": "La règle de réunion se fixe sur la page de chaque comité",
    "/queue/recommendations": "Elles naissent sur la page d'un point",
    "/queue/broadcasts": "Choisissez une zone et écrivez la première",
    "/queue/campaigns": "la page se remplit seule",
    "/queue/messages": "Le premier part quand un citoyen écrit",
    "/queue/people/secretaries/ml-bamako-commune-iv": "Ajoutez-en",
    "/queue/committees/ml-bamako-commune-iv": "en forment un dès qu'ils sont lus",
}
"""The lists, and what each of them says while the database is empty."""


@pytest.fixture
def known(gateway: Gateway) -> dict[str, str]:
    return what_commune_iv_has(gateway)


def pages(gateway: Gateway) -> list[Rule]:
    return [
        rule
        for rule in gateway.app.url_map.iter_rules()
        if rule.endpoint in ROUTES and "GET" in (rule.methods or ()) and rule.endpoint not in FILES
    ]


def test_each_page_has_one_heading_and_a_help_that_leads_into_the_guide(
    gateway: Gateway, known: dict[str, str]
) -> None:
    gateway.administrator("admin@example.org")
    gateway.administrator("auditor@example.org", Role.AUDITOR)
    desks = {role: sign_in(gateway, f"{role}@example.org") for role in ("admin", "auditor")}
    sections = set(re.findall(r'<h2 id="([^"]+)"', desks["admin"].http.get("/queue/guide").text))
    for rule in pages(gateway):
        desk = desks["auditor" if ROUTES[rule.endpoint] is Needs.AUDIT else "admin"]
        root = html.document_fromstring(desk.http.get(filled(rule, known)).text)
        assert len(root.xpath("//h1")) == 1, rule
        if rule.endpoint != "queue.guide":
            (aid,) = root.xpath("//details[@class='help']")
            link = aid.xpath(".//a/@href")[0]
            assert link.startswith("/queue/guide#"), rule
            assert link.partition("#")[2] in sections, rule


@pytest.mark.parametrize("endpoint", sorted(HELP))
def test_a_help_is_short_and_names_a_section_that_the_guide_has(endpoint: str) -> None:
    aid = HELP[endpoint]
    assert 60 < len(f"{aid.purpose} {aid.first}") < 260
    assert f"\n## {aid.section}\n" in GUIDE.read_text("utf-8")


def test_each_list_says_what_to_do_while_it_is_empty(gateway: Gateway) -> None:
    gateway.administrator("admin@example.org")
    desk = sign_in(gateway, "admin@example.org")
    for path, words in SAY_WHAT_TO_DO.items():
        root = html.document_fromstring(desk.http.get(path).text)
        empty = " ".join(each.text_content() for each in root.xpath("//*[contains(@class, 'empty')]"))
        assert words in " ".join(empty.split()), path


def test_the_guide_is_a_page_whose_headings_can_be_linked_to(gateway: Gateway) -> None:
    gateway.administrator("auditor@example.org", Role.AUDITOR)
    page = sign_in(gateway, "auditor@example.org").get("/queue/guide")
    assert f'<h2 id="{anchor("Qui voit quoi")}">Qui voit quoi</h2>' in page
    assert '<td data-label="rôle">administrateur (<code>administrator</code>)</td>' in page
    assert '.md"' not in page


def test_what_is_not_there_has_a_way_back(gateway: Gateway) -> None:
    gateway.administrator("admin@example.org")
    desk = sign_in(gateway, "admin@example.org")
    for path in ("/queue/concerns/CCS-AAAA-AAAA", "/queue/items/999", "/queue/nowhere", "/nowhere"):
        answer = desk.http.get(path, headers={"Accept": "text/html"})
        root = html.document_fromstring(answer.text)
        assert answer.status_code == 404
        assert root.xpath("//h1"), path
        assert root.xpath("//main//a/@href | //body//a/@href"), path
