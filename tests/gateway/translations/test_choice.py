"""The language of a page: the switch at its foot, then the browser's wish, then French."""

from datetime import timedelta

import pytest

from gateway.queue.dates import age
from gateway.translations import ngettext
from storage.enumerations import Role
from tests.support.browsing import sign_in
from tests.support.committee_work import told
from tests.support.gateway import Gateway

FRENCH, ENGLISH = '<html lang="fr">', '<html lang="en">'


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("", FRENCH),
        ("fr-FR,fr;q=0.9,en;q=0.8", FRENCH),
        ("en-US,en;q=0.9", ENGLISH),
        ("en;q=0.9,fr;q=0.4", ENGLISH),
        ("de,en;q=0.5", ENGLISH),
        ("bm,ar;q=0.8", FRENCH),
        ("fr,en", FRENCH),
        ("*", FRENCH),
    ],
)
def test_only_a_browser_that_prefers_english_to_french_gets_english(gateway: Gateway, wish: str, language: str) -> None:
    assert language in gateway.http.get("/", headers={"Accept-Language": wish}).text


def test_the_switch_is_kept_before_and_after_signing_in_and_leads_back_to_the_page(gateway: Gateway) -> None:
    gateway.administrator("chef@example.org", Role.ADMINISTRATOR, "ml")
    page = gateway.http.get("/queue/login").text
    assert 'href="/language/en"' in page
    answer = gateway.http.get("/language/en", headers={"Referer": "http://localhost/queue/login"})
    assert answer.headers["Location"] == "/queue/login"
    assert "Sign in" in gateway.http.get("/queue/login").text

    desk = sign_in(gateway, "chef@example.org")
    filtered = "/queue/concerns?state=open&words=moto"
    answer = desk.http.get("/language/en", headers={"Referer": f"http://localhost{filtered}"})
    assert answer.headers["Location"] == filtered
    page = desk.get(filtered)
    assert ENGLISH in page
    assert "Theft, burglary" in page
    desk.http.get("/language/fr")
    assert "Vol, cambriolage" in desk.get("/queue/concerns")


@pytest.mark.parametrize(
    "before", ["http://example.org//evil.org/", "http://e/\\example.org", "http://[", "mailto:a", ""]
)
def test_the_switch_leads_nowhere_else(gateway: Gateway, before: str) -> None:
    assert gateway.http.get("/language/en", headers={"Referer": before}).headers["Location"] == "/"


def test_an_unknown_language_is_no_page_and_a_spoilt_cookie_means_nothing(gateway: Gateway) -> None:
    assert gateway.http.get("/language/xx").status_code == 404
    gateway.http.set_cookie("language", "xx")
    assert FRENCH in gateway.http.get("/").text


def test_errors_refusals_and_exports_speak_the_language_of_the_reader(gateway: Gateway) -> None:
    gateway.administrator("lecteur@example.org", Role.OBSERVER, "ml")
    desk = sign_in(gateway, "lecteur@example.org")
    desk.http.set_cookie("language", "en")
    browser = {"Accept": "text/html"}
    missing = desk.http.get("/queue/nowhere", headers=browser)
    assert "<h1>Page not found</h1>" in missing.text
    assert "Back to the waiting work" in missing.text
    assert "For administrators only." in desk.http.get("/queue/people").text
    assert "reference;received;channel" in desk.http.get("/queue/concerns.csv").text


def test_zero_and_one_are_singular_in_french_and_zero_is_plural_in_english(gateway: Gateway) -> None:
    messages = ("%(num)s message", "%(num)s messages")
    with gateway.app.test_request_context():
        assert [ngettext(*messages, count) for count in (0, 1, 2)] == ["0 message", "1 message", "2 messages"]
        assert age(timedelta(days=2)) == "2\xa0jours"
    with gateway.app.test_request_context(headers={"Accept-Language": "en"}):
        assert [ngettext(*messages, count) for count in (0, 1, 2)] == ["0 concerns", "1 concern", "2 concerns"]
        assert age(timedelta(days=2)) == "2 days"


def test_an_item_is_called_by_the_category_s_name_in_the_language_of_the_page(
    gateway: Gateway,
) -> None:
    item = told(gateway, "on a volé ma moto à Lafiabougou")
    gateway.administrator("chef@example.org", Role.ADMINISTRATOR, "ml")
    desk = sign_in(gateway, "chef@example.org")
    assert "<h1>Vol, cambriolage, Lafiabougou" in desk.get(f"/queue/items/{item}")
    desk.http.set_cookie("language", "en")
    assert "<h1>Theft, burglary, Lafiabougou" in desk.get(f"/queue/items/{item}")
