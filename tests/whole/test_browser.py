"""A real browser: dial in the simulator, find the concern in the queue, answer it, read the SMS on the phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support import servers
from tests.support.phones import reference_in
from tests.support.servers import Running

pytestmark = pytest.mark.servers

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT = 20_000
"""Milliseconds. Playwright's own five seconds are short for two workers on a loaded machine."""
expect.set_options(timeout=WAIT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=servers.browser_path(), args=CHROMIUM)


@pytest.fixture
def page(browser: Browser, running: Running) -> Iterator[Page]:
    """A page that fails the test on any error of a script or of its strict policy."""
    errors: list[str] = []
    with browser.new_context(base_url=running.address, locale="fr-FR") as context:
        context.set_default_timeout(WAIT)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        yield context.new_page()
    assert errors == []


def phone_of(page: Page, number: str, at: int) -> Locator:
    phone = page.locator(".phone").nth(at)
    phone.locator(".msisdn").fill(number)
    phone.locator(".msisdn").press("Tab")
    return phone


def type_in(phone: Locator, *inputs: str) -> None:
    for typed in inputs:
        before = phone.locator(".screen").inner_text()
        phone.locator(".typed").fill(typed)
        phone.locator(".typed").press("Enter")
        expect(phone.locator(".screen")).not_to_have_text(before)


def press_once_ready(page: Page, key: str) -> None:
    """Presses a shortcut on a page that has just opened: its script runs before the page counts as loaded."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def sign_in(page: Page, running: Running) -> None:
    email, password = running.told.split("First sign-in")[1].split()[:2]
    page.goto("/queue/")
    page.get_by_label("Adresse").fill(email)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Entrer").click()
    expect(page.get_by_role("heading", name="Ce qui attend maintenant")).to_be_visible()


def test_dial_see_answer_and_read_the_answer_on_the_phone(page: Page, running: Running) -> None:
    running.by_day_and_night("Commune V")
    page.goto("/simulator")
    phone = phone_of(page, "+22370001041", 0)
    phone.get_by_role("button", name="Appeler").click()
    expect(phone.locator(".screen")).to_contain_text("Bamanankan")
    type_in(phone, "1", "1", "2", "1", "badalabougou", "1", "on a volé mon sac hier", "1", "1")
    expect(phone.locator(".screen")).to_contain_text("Merci.")
    reference = reference_in(phone.locator(".screen").inner_text())

    queue = page.context.new_page()
    sign_in(queue, running)
    queue.get_by_role("link", name="Messages", exact=True).click()
    row = queue.locator("tr", has_text=reference)
    expect(row).to_contain_text("Commune V, Badalabougou")
    expect(row).to_contain_text("on a volé mon sac hier")
    row.get_by_role("link").click()
    queue.get_by_role("button", name="Mettre à l'ordre du jour").click()
    expect(queue.get_by_role("status")).to_contain_text("À l'ordre du jour")
    queue.get_by_label("Réponse au citoyen").fill("La police a été saisie, merci.")
    queue.get_by_role("button", name="Répondre et clore").click()
    expect(queue.get_by_role("status")).to_contain_text("La réponse part par SMS dans cinq minutes")
    queue.get_by_role("button", name="Envoyer tout de suite").click()
    expect(queue.get_by_role("status")).to_contain_text("Le SMS part maintenant.")

    page.bring_to_front()
    phone.get_by_role("tab", name="SMS").click()
    expect(phone.locator(".inbox")).to_contain_text(f"CCS {reference} : La police a été saisie, merci.")


def test_a_citizen_and_a_secretary_side_by_side(page: Page, running: Running) -> None:
    running.command("people", "add-secretary", "Commune II", "+22370009041")
    page.goto("/simulator")
    citizen, secretary = phone_of(page, "+22370001042", 0), phone_of(page, "+22370009041", 1)
    citizen.get_by_role("tab", name="SMS").click()
    citizen.get_by_label("Message").fill("au secours incendie au marché de Missira maintenant")
    citizen.get_by_role("button", name="Envoyer").click()
    expect(citizen.locator(".inbox")).to_contain_text("EN DANGER, APPELEZ")
    secretary.get_by_role("tab", name="SMS").click()
    expect(secretary.locator(".inbox")).to_contain_text("CCS URGENT")
    secretary.get_by_role("tab", name="Appel").click()
    secretary.get_by_role("button", name="Appeler").click()
    expect(secretary.locator(".screen")).to_contain_text("Secrétariat du comité")
    secretary.get_by_role("button", name="Raccrocher").click()
    expect(secretary.locator(".screen")).to_have_text("Raccroché.")


def test_the_queue_is_read_on_a_small_screen(page: Page, running: Running) -> None:
    """On a screen as wide as a phone nothing has to be scrolled sideways."""
    page.set_viewport_size({"width": 360, "height": 700})
    sign_in(page, running)
    expect(page.locator("main")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_cut_network_a_repeated_request_and_going_on_where_it_was(page: Page, running: Running) -> None:
    page.goto("/simulator#phones=%2B22370001043+%2B22370009043")
    phone = page.locator(".phone").first
    expect(phone.locator(".msisdn")).to_have_value("+22370001043")
    phone.get_by_role("button", name="Appeler").click()
    expect(phone.locator(".screen")).to_contain_text("Bamanankan")
    type_in(phone, "1", "1", "2", "1", "banconi", "1")
    shown = phone.locator(".screen").inner_text()
    expect(phone.locator(".size")).to_contain_text("septets sur 160")
    phone.locator("summary").click()
    phone.get_by_role("button", name="Répéter").click()
    expect(phone.locator(".screen")).to_have_text(shown)
    phone.locator(".typed").fill("on a volé mon mouton")
    phone.get_by_role("button", name="Couper").click()
    expect(phone.locator(".screen")).to_have_text("Connexion interrompue.")
    phone.get_by_role("button", name="Appeler").click()
    expect(phone.locator(".screen")).to_contain_text("Vous aviez commencé : Vol, cambriolage, Commune I, Banconi.")
    type_in(phone, "1", "1", "1")
    expect(phone.locator(".screen")).to_contain_text("Merci.")
    page.get_by_text("Réglages avancés").click()
    page.get_by_role("button", name="Copier le lien").click()
    expect(page).to_have_url(f"{running.address}/simulator#phones=%2B22370001043+%2B22370009043")


@pytest.mark.parametrize(
    ("provider", "number"),
    [("hubtel", "+22370001051"), ("nalo", "+22370001052"), ("beem", "+22370001053"), ("infobip", "+22370001054")],
)
def test_the_phone_speaks_every_providers_dialect(page: Page, running: Running, provider: str, number: str) -> None:
    page.goto("/simulator")
    phone = phone_of(page, number, 0)
    phone.locator("summary").click()
    phone.get_by_label("Fournisseur").select_option(provider)
    phone.get_by_role("button", name="Appeler").click()
    expect(phone.locator(".screen")).to_contain_text("Bamanankan")
    before = ""
    for typed in ("1", "1", "2", "1", "banconi", "1", "on a volé mon mouton", "1", "1"):
        if typed == before:
            page.wait_for_timeout(1_100)  # a thumb's time: the same key sooner is the network's repeat
        type_in(phone, typed)
        before = typed
    expect(phone.locator(".screen")).to_contain_text("Merci.")


def test_an_item_is_decided_and_the_meetings_papers_are_there(page: Page, running: Running) -> None:
    page.goto("/simulator")
    phone = phone_of(page, "+22370001061", 0)
    phone.get_by_role("tab", name="SMS").click()
    phone.get_by_label("Message").fill("des lampadaires en panne à Badalabougou")
    phone.get_by_role("button", name="Envoyer").click()
    expect(phone.locator(".inbox")).to_contain_text("réf CCS-")
    sign_in(page, running)
    page.goto("/queue/committees")
    expect(page.locator(".map .installed").first).to_be_visible()
    page.goto("/queue/committees/ml-bamako-commune-v")
    page.get_by_role("link", name="Lieu sans lumière").first.click()
    page.get_by_label("Décision").fill("La mairie répare avant lundi.")
    page.get_by_role("button", name="Décider").click()
    expect(page.get_by_role("status")).to_contain_text("Décidé.")
    expect(page.locator("dl")).to_contain_text("La mairie répare avant lundi.")
    page.locator("dl a").nth(1).click()
    with page.expect_download() as paper:
        page.get_by_role("link", name="PDF").first.click()
    assert paper.value.suggested_filename.startswith("ordre-du-jour-ml-bamako-commune-v-")


def test_a_code_at_sign_in_is_set_up_from_the_drawing(page: Page, running: Running) -> None:
    sign_in(page, running)
    page.goto("/queue/account")
    expect(page.locator("svg")).to_be_visible()
    assert page.locator("svg").bounding_box()["width"] > 100  # type: ignore[index]


def test_the_simulator_says_what_to_do_and_plays_a_report(page: Page, running: Running) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto("/simulator")
    expect(page.get_by_role("listitem").first).to_contain_text("*384*223#")
    phone = page.locator(".phone").first
    phone.get_by_label("Ce téléphone est celui de").select_option("quelqu'un d'autre")
    expect(phone.locator(".msisdn")).to_be_focused()
    phone_of(page, "+22370001061", 0)
    page.get_by_role("button", name="Montrer un signalement").click()
    expect(phone.locator(".screen")).to_contain_text("Merci.", timeout=3 * WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_list_by_keyboard_and_an_act_undone(page: Page, running: Running) -> None:
    page.goto("/simulator")
    phone = phone_of(page, "+22370001071", 0)
    phone.get_by_role("tab", name="SMS").click()
    phone.get_by_label("Message").fill("on a volé ma moto à Hippodrome hier")
    phone.get_by_role("button", name="Envoyer").click()
    expect(phone.locator(".inbox")).to_contain_text("réf CCS-")
    reference = reference_in(phone.locator(".inbox").inner_text())
    sign_in(page, running)
    page.goto("/queue/concerns?commune=hippodrome&category=theft&state=open")
    page.keyboard.press("j")
    expect(page.locator("tr.chosen")).to_contain_text("Hippodrome")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=reference)).to_be_visible()
    press_once_ready(page, "c")
    page.keyboard.type("Une patrouille passe.")
    expect(page.get_by_label("Réponse au citoyen")).to_have_value("Une patrouille passe.")
    page.get_by_role("button", name="Voir avant d'envoyer").first.click()
    expect(page.locator(".preview")).to_contain_text(f"CCS {reference} : Une patrouille passe.")
    page.get_by_role("button", name="Répondre et clore").click()
    expect(page.get_by_role("status").first).to_contain_text("Clos.")
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("status").first).to_contain_text("Annulé.")
    press_once_ready(page, "a")
    expect(page.get_by_role("status").first).to_contain_text("À l'ordre du jour")
    assert "category=theft" in page.url


def test_a_registry_file_is_uploaded_shown_and_applied(page: Page, running: Running) -> None:
    sign_in(page, running)
    page.get_by_role("link", name="Comités").click()
    page.get_by_role("link", name="Importer des comités").click()
    file = "Comité;Présidence;Secrétaires\r\nCommune VI;Mme Traoré;70 00 77 21\r\nCommune V;;\r\n".encode("cp1252")
    file += b";;\r\n" * 40_000  # larger than any other page takes
    page.get_by_label("Fichier CSV ou XLSX").set_input_files({"name": "c.csv", "mimeType": "text/csv", "buffer": file})
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_role("table")).to_contain_text("Présidence : — → Mme Traoré")
    expect(page.get_by_role("table")).to_contain_text("…21")
    expect(page.get_by_role("main")).not_to_contain_text("70 00 77 21")
    page.get_by_role("button", name="Faire ces changements").click()
    expect(page.get_by_role("status")).to_contain_text("1 comité(s) changé(s)")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX", exact=True).click()
    page.get_by_label("Fichier CSV ou XLSX").set_input_files(download.value.path())
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_role("status")).to_contain_text("Ce fichier ne change rien.")
