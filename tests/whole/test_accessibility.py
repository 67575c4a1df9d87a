"""Every page that an administrator comes to, in a real browser: axe-core (WCAG 2.2 AA), one heading, a small screen."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.support import servers
from tests.support.servers import Running

pytestmark = [pytest.mark.servers, pytest.mark.slow]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
HEAVIEST = 40_000
"""Bytes of a page on the wire with its styles and scripts, compressed."""
LONGER = {"/queue/committees"}
"""Pages with a map may be heavier."""
MOST_PAGES = 80
FRENCH = re.compile(
    r"\b(?:[Aa]ucune?|[Aa]nnuler|[Ee]nvoyer|[Ff]iltrer|[Ee]nregistrer|[Mm]ontrer|[Rr]etour|[Rr]ien|[Vv]ide|[Rr]éunions?|"
    r"[Rr]éponses?|[Ss]ecrétaires?|[Pp]réoccupations?|[Éé]tat|[Dd]epuis|[Pp]as encore|[Ll]undi|[Jj]eudi|jours?)\b"
)
OWN_WORDS = """() => {
  const body = document.body.cloneNode(true);
  for (const node of body.querySelectorAll("blockquote, .text, .lines, option, footer, main [lang=fr]")) node.remove();
  const named = [...body.querySelectorAll("[aria-label], [placeholder], [title], [data-label]")];
  const labels = named.flatMap((node) => ["aria-label", "placeholder", "title", "data-label"].map((name) => node.getAttribute(name)));
  return [body.textContent, ...labels].join("\\n");
}"""
"""The words of a page without what people wrote, and without the guide, which is French."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with servers.gateway_up(tmp_path_factory.mktemp("demo")) as running:
        running.command("demo")
        yield running


@pytest.fixture(scope="module")
def page(demo: Running) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=servers.browser_path(), args=["--no-sandbox"])
        page = browser.new_page(base_url=demo.address, locale="fr-FR", viewport={"width": 360, "height": 740})
        email, password = demo.told.split("First sign-in")[1].split()[:2]
        page.goto("/queue/login")
        page.get_by_label("Adresse").fill(email)
        page.get_by_label("Mot de passe").fill(password)
        page.get_by_role("button", name="Entrer").click()
        yield page
        browser.close()


def kind_of(path: str) -> str:
    """The page's address without what names one concern, committee or meeting: one of each kind is enough."""
    return re.sub(r"/(?:ml-?[a-z-]*|cnrss|crss|\d+|R-[\d-]+|(?:CCS-)?[A-Z0-9]{4}-[A-Z0-9]{4})(?=/|$)", "/*", path)


def links(page: Page) -> list[str]:
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    paths = [urlsplit(href).path for href in hrefs if href.startswith(page.url.split("/queue")[0])]
    return [path for path in paths if not re.search(r"\.(pdf|docx|ics|csv|xlsx)$|/static/", path)]


def walk(page: Page, language: str) -> Iterator[str]:
    """Opens one page of each kind, and tells its path. Fails for one that is not 200 or in another language."""
    todo = ["/queue/", "/", "/figures", "/simulator"]
    seen: set[str] = set()
    while todo and len(seen) < MOST_PAGES:
        path = todo.pop(0)
        if kind_of(path) in seen or path.startswith("/language/"):
            continue
        seen.add(kind_of(path))
        answer = page.goto(path)
        if answer is None or "text/html" not in (answer.header_value("content-type") or ""):
            continue
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == language, path
        yield path
        todo += links(page)
    assert len(seen) > 15


def violations(page: Page) -> list[str]:
    """What axe finds on the page, and a wrong number of headings or a page that is wider than a small screen."""
    wrong = []
    for violation in Axe().run(page, options=RULES).response["violations"]:
        targets = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
        wrong.append(f"{violation['id']}: {violation['help']}: {targets}")
    if (headings := page.locator("h1").count()) != 1:
        wrong.append(f"{headings} h1")
    if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
        wrong.append(f"{width} pixels wide")
    return wrong


def test_every_page_is_accessible_light_and_fits_a_small_screen(page: Page) -> None:
    wrong: list[str] = []
    for path in walk(page, "fr"):
        wrong += [f"{path}: {violation}" for violation in violations(page)]
        weight = page.evaluate("performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize || 0), 0)")
        if weight > HEAVIEST and kind_of(path) not in LONGER:
            wrong.append(f"{path}: {weight} bytes")
    assert not wrong, "\n".join(wrong)


def test_every_page_is_accessible_in_english_and_says_nothing_in_french(page: Page) -> None:
    page.goto("/queue/concerns?state=open")
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/queue/concerns?state=open")
    wrong: list[str] = []
    for path in walk(page, "en"):
        wrong += [f"{path}: {violation}" for violation in violations(page)]
        french = FRENCH.findall(page.evaluate(OWN_WORDS))
        wrong += [f"{path}: {word}" for word in french]
    page.get_by_role("link", name="Français").click()
    assert not wrong, "\n".join(wrong)
