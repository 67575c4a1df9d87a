"""The web process: webhooks, the web queue, the public page and, outside production, the simulator."""

from __future__ import annotations

import logging
import logging.config
from datetime import timedelta

from flask import Flask, Response, request
from werkzeug.routing import IntegerConverter, Map

from config.outside import LARGEST_ID
from config.settings import Settings
from gateway.abuse.brute_force import BruteForceGuard
from gateway.api import committees as api_committees  # noqa: F401 - they register their addresses
from gateway.api import concerns as api_concerns  # noqa: F401
from gateway.api import document, webhooks  # noqa: F401
from gateway.api.authentication import api
from gateway.charts.blueprint import charts
from gateway.health import health
from gateway.providers.registry import providers
from gateway.public import figures, language, open311  # noqa: F401 - they register their pages
from gateway.public.errors import show_error
from gateway.public.pages import public
from gateway.queue import account, broadcasts, help, oversight  # noqa: F401 - they register their pages
from gateway.queue.blueprint import queue
from gateway.queue.committees import (  # noqa: F401 - they register their pages
    calendar,
    committee,
    items,
    meetings,
    recommendations,
    registry,
    registry_file,
    services,
)
from gateway.queue.concerns import acts, batch, export, listing, page, undoing  # noqa: F401 - they register their pages
from gateway.queue.dashboard import page as dashboard_page  # noqa: F401 - it registers its pages
from gateway.queue.forms import entries  # noqa: F401 - it cleans what forms bring
from gateway.queue.login import csrf, login
from gateway.queue.people import accounts, audit, joining, secretaries  # noqa: F401 - they register their pages
from gateway.queue.start import page as start_page  # noqa: F401 - it registers its page
from gateway.queue.start import script  # noqa: F401 - it registers its page
from gateway.runtime.deployment import Deployment
from gateway.runtime.hash_slots import HashSlots
from gateway.runtime.logs import configure_logs
from gateway.runtime.request_sizes import LARGEST_BODY, largest_body
from gateway.simulator.pages import simulator
from gateway.translations.choice import translate_pages
from gateway.webhooks.application import Webhooks
from storage.safety.vault import derive

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

log = logging.getLogger(__name__)


class IdConverter(IntegerConverter):
    """`<id:…>` in an address. A number that is larger than any id gets a 404."""

    regex = r"[0-9]{1,10}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_ID)


def _admit_uploads() -> None:
    """Raises the limits of a request at the addresses to which people send files."""
    request.max_content_length = request.max_form_memory_size = largest_body(request.path)


def create_app(settings: Settings, deployment: Deployment | None = None) -> Flask:
    """The application of `settings`. Tests pass a `deployment` to share its parts."""
    configure_logs(settings.log_format)
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=derive(settings.secret_keys[0], "web session"),
        SECRET_KEY_FALLBACKS=[derive(old, "web session") for old in settings.secret_keys[1:]],
        SESSION_COOKIE_NAME="ccs",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.in_production,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
        SESSION_REFRESH_EACH_REQUEST=False,  # a page that refreshes by itself must not keep a session alive for ever
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=50,
    )
    app.url_map.converters["id"] = IdConverter
    app.extensions["deployment"] = deployment or Deployment.open(settings)
    app.extensions["providers"] = providers(settings)
    app.extensions["brute_force_guard"] = BruteForceGuard()
    app.extensions["hash_slots"] = {True: HashSlots(), False: HashSlots()}
    translate_pages(app)
    app.before_request(_admit_uploads)  # before the check of forms, which reads the body
    csrf.init_app(app)
    for blueprint in (health, charts, public, login, queue, api):
        app.register_blueprint(blueprint)
    csrf.exempt(api)
    if not settings.in_production:
        app.register_blueprint(simulator)
        csrf.exempt(simulator)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.register_error_handler(Exception, show_error)
    app.wsgi_app = Webhooks(app.wsgi_app, app.extensions, HEADERS.items())  # type: ignore[method-assign]
    return app
