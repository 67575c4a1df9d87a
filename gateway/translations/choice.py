"""The language of a page: the reader's choice, else the one that their browser prefers, else French."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from gateway.translations.texts import SOURCE, found, found_for, page_language

LANGUAGES = {SOURCE: "Français", "en": "English"}
"""The languages of the pages, each by its own name; the first one is shown to whoever prefers none of them."""
COOKIE = "language"
A_YEAR = 365 * 24 * 3600


def chosen_language() -> str:
    """The language of the cookie; without one, what the browser prefers. English must be preferred to French."""
    if not has_request_context():
        return SOURCE
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else max(LANGUAGES, key=_preference)


def _preference(language: str) -> float:
    """How much the browser wants a language, from 0 to 1: `en-GB` counts for `en`."""
    return max((wish for tag, wish in request.accept_languages if tag.lower().split("-")[0] == language), default=0)


def keep_language(response: AnyResponse, language: str) -> None:
    """Keeps the reader's choice for a year, signed in or not. The cookie says nothing else, so it is not signed."""
    response.set_cookie(
        COOKIE,
        language,
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def _in_page(french: str, **values: object) -> Markup:
    """`_` of the templates: half the time of Jinja's own. A text may hold HTML; values are escaped."""
    return Markup(found(french)) % values if values else Markup(found(french))  # noqa: S704 - the catalogue is ours


def translate_pages(app: Flask) -> None:
    """Gives the templates of an application `_`, `ngettext`, `{% trans %}`, `page_language()` and `page_languages`."""
    Babel(
        app,
        default_locale=SOURCE,
        default_translation_directories=str(Path(__file__).parent),
        locale_selector=chosen_language,
        configure_jinja=False,
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=found, ngettext=found_for, newstyle=True
    )
    app.jinja_env.globals.update({"_": _in_page, "page_languages": LANGUAGES, "page_language": page_language})
