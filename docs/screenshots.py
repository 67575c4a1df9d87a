"""Takes the README's pictures: `make screenshots`.

A real Chromium visits a gateway in this process. Its database holds the demo, in which everything is invented, and its
clock stands still, so that a picture changes only with the pages.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from config.settings import Settings
from gateway.app import create_app
from gateway.local.demo import fill
from gateway.runtime.deployment import Deployment
from storage.enumerations import MeetingState
from storage.tables.committees import Meeting
from tests.support import servers
from tests.support.gateway import PASSWORD, Clock, Gateway

PICTURES = Path(__file__).parent / "pictures"
ADMIN, COMMITTEE = "admin@example.org", "ml-bamako-commune-iv"
WIDTH, COLOURS, LARGEST = 1280, 96, 80_000
"""Pixels, colours of a picture, and bytes that it may have."""


@dataclass(frozen=True)
class Shot:
    """One picture: what the README says about it, how to come to the page, and how much of it is shown."""

    caption: str
    visit: Callable[[Page, Deployment], None]
    height: int
    width: int = WIDTH


def main() -> None:
    """Takes all pictures. Raises `SystemExit` if one is too large."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ccs-pictures-") as folder, servers.redis(Path(folder)) as redis:
        settings = Settings(
            data_dir=Path(folder), redis_url=redis, secret_keys=("pictures" * 4,), webhook_token="pictures",
            port=servers.free_port(),
        )  # fmt: skip
        deployment = Deployment.open(settings, Clock())
        deployment.database.migrate()
        fill(deployment)
        app = create_app(settings, deployment)
        Gateway(deployment, app, Clock()).administrator(ADMIN)
        with servers.served(app, settings.port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=servers.browser_path(), args=["--no-sandbox"])
            address = f"http://127.0.0.1:{settings.port}"
            page = browser.new_page(base_url=address, locale="fr-FR", reduced_motion="reduce")
            _sign_in(page)
            for name, shot in SHOTS.items():
                page.set_viewport_size({"width": shot.width, "height": shot.height})
                shot.visit(page, deployment)
                _save(page, PICTURES / name)
        deployment.close()


def _sign_in(page: Page) -> None:
    page.goto("/queue/login")
    page.get_by_label("Adresse").fill(ADMIN)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("heading", name="Ce qui attend maintenant").wait_for()


def _save(page: Page, path: Path) -> None:
    """Keeps what the page shows as a PNG of few colours."""
    page.screenshot(path=path)
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    if (size := path.stat().st_size) > LARGEST:
        raise SystemExit(f"{path.name}: {size} bytes, at most {LARGEST}")
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def _to(address: str) -> Callable[[Page, Deployment], None]:
    def visit(page: Page, _: Deployment) -> None:
        """Opens the address."""
        page.goto(address)

    return visit


def _oldest_emergency(page: Page, _: Deployment) -> None:
    page.goto("/queue/")
    page.locator("tr.emergency a").first.click()
    page.get_by_role("heading", name="Corriger").wait_for()


def _next_agenda(page: Page, deployment: Deployment) -> None:
    planned = select(Meeting.id).where(Meeting.committee == COMMITTEE, Meeting.state == MeetingState.PLANNED)
    with deployment.database.read() as transaction:
        meeting = transaction.scalars(planned.order_by(Meeting.starts_at)).first()
    page.goto(f"/queue/committees/{COMMITTEE}/meetings/{meeting}")


def _report_on_a_phone(page: Page, _: Deployment) -> None:
    page.goto("/simulator")
    page.get_by_role("button", name="Montrer un signalement").click()
    page.locator(".phone").first.locator(".screen", has_text="Merci.").wait_for()
    page.evaluate("window.scrollTo(0, 0)")


SHOTS = {
    "accueil.png": Shot("The start page: what waits now, the oldest emergency first", _to("/queue/"), 640),
    "messages.png": Shot("The queue, with its filters and acts on several messages", _to("/queue/concerns"), 760),
    "message.png": Shot("One message: how triage read it, and all that can be done", _oldest_emergency, 900),
    "ordre-du-jour.png": Shot(
        "The agenda of a committee's next meeting, ordered by hand or by score", _next_agenda, 760
    ),
    "tableau-de-bord.png": Shot("Figures to manage by, each with its table and file", _to("/queue/dashboard"), 900),
    "simulateur.png": Shot("The phone in the browser: a report by USSD", _report_on_a_phone, 820, width=760),
}
"""The pictures by the names of their files."""


if __name__ == "__main__":
    main()
