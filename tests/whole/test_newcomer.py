"""A newcomer's way in a real browser, its clicks counted: the oldest emergency, its place, the agenda, the answer.

A click into a field, on a link or on a button counts as one. Typing and the Tab key do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support import servers
from tests.support.phones import Phone, reference_in
from tests.support.servers import Running
from tests.support.waiting import eventually

pytestmark = pytest.mark.servers

MOST_CLICKS = 12
ANSWER = "Les pompiers sont venus, le feu est éteint."
SCREENS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "as wide as a phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
    "without JavaScript": {"viewport": {"width": 1280, "height": 800}, "java_script_enabled": False},
}


class Hand:
    """The newcomer's hand, which counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def write(self, field: Locator, text: str) -> None:
        self.click(field)
        field.fill(text)

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with servers.gateway_up(tmp_path_factory.mktemp("newcomer")) as running:
        running.by_day_and_night("Commune IV")
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=servers.browser_path(), args=["--no-sandbox"])


def emergency(running: Running, number: str, text: str) -> str:
    """Has a citizen write an emergency; returns its reference."""
    phone = Phone(number, running, running.hook("ussd"), running.hook("sms"))
    assert phone.write(text) == 200
    return reference_in(eventually(lambda: running.inbox(number))[-1])


@pytest.mark.parametrize("screen", SCREENS)
def test_a_newcomer_treats_the_oldest_emergency_in_at_most_twelve_clicks(
    browser: Browser, fresh: Running, screen: str
) -> None:
    last = list(SCREENS).index(screen)
    oldest = emergency(fresh, f"+2237000110{last}", "au secours, incendie maintenant, la maison brûle")
    emergency(fresh, f"+2237000120{last}", "au secours, incendie maintenant au marché de Missira")
    with browser.new_context(base_url=fresh.address, locale="fr-FR", **SCREENS[screen]) as context:
        page = context.new_page()
        hand = Hand(page)
        email, password = fresh.told.split("First sign-in")[1].split()[:2]
        page.goto("/queue/")
        page.get_by_label("Adresse").fill(email)  # the field has the focus already
        hand.write(page.get_by_label("Mot de passe"), password)
        hand.press("Entrer")

        row = page.locator("tr", has_text=oldest)
        eventually(lambda: row.count() or page.reload() is None)
        urgent = page.locator("tr.emergency")
        assert last or urgent.first.inner_text().startswith(oldest)
        hand.click(row.get_by_role("link"))

        hand.write(page.get_by_label("Commune, ou quartier"), "Lafiabougou")
        hand.press("Corriger")
        expect(page.get_by_role("status").first).to_have_text(
            "Corrigé. Lieu : Lafiabougou, Commune IV (District de Bamako)."
        )
        hand.press("Mettre à l'ordre du jour")
        expect(page.get_by_role("status").first).to_have_text(
            re.compile(r"À l'ordre du jour de la réunion du \d\d/\d\d/\d{4} \d\d:\d\d")
        )
        hand.write(page.get_by_label("Réponse au citoyen"), ANSWER)
        hand.click(page.locator("#answer").get_by_role("button", name="Voir avant d'envoyer"))
        expect(page.locator(".preview")).to_contain_text(ANSWER)
        hand.press("Répondre et clore")
        expect(page.get_by_role("status").first).to_contain_text("La réponse part par SMS dans cinq minutes")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert hand.clicks <= MOST_CLICKS, hand.clicks
