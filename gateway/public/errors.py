"""The answers to errors: for a browser a page with a way back, for a program one plain line."""

from __future__ import annotations

import logging
import secrets

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from gateway.runtime.logs import innermost
from gateway.translations import N_, _

TEXTS = {
    400: (N_("Demande incompréhensible"), N_("Votre navigateur a envoyé une demande que nous ne comprenons pas.")),
    403: (N_("Accès refusé"), N_("Cette page n'est pas ouverte à votre compte.")),
    404: (N_("Page introuvable"), N_("L'adresse est peut-être mal écrite, ou la page n'existe plus.")),
    405: (N_("Action impossible"), N_("Cette page ne peut pas être ouverte de cette façon.")),
    413: (N_("Fichier ou texte trop grand"), N_("Réduisez-le, puis envoyez-le de nouveau.")),
    429: (N_("Trop de demandes"), N_("Attendez une minute, puis recommencez.")),
    500: (
        N_("Erreur interne"),
        N_("L'incident est noté. Réessayez ; s'il revient, donnez ce repère à l'administrateur."),
    ),
    503: (N_("Service indisponible"), N_("Il est surchargé, ou redémarre. Réessayez dans une minute.")),
}
"""A title and what to do, by the status of the answer."""
OTHER = (N_("Cette page ne peut pas être montrée"), N_("Revenez à l'accueil et recommencez."))
log = logging.getLogger("gateway.app")


def show_error(error: Exception) -> Response:
    """The answer to an error of any page.

    The log names an unexpected error without its content; nobody sees a traceback.
    """
    if isinstance(error, HTTPException):
        status = error.code or 500
        return _page(status) if _wants_page() else _line(f"{status} {error.name}", status)
    mark = secrets.token_hex(4)
    log.error("unexpected %s at %s (%s)", type(error).__name__, innermost(error), mark)
    return _page(500, mark) if _wants_page() else _line(_("Erreur interne, repère %(mark)s", mark=mark), 500)


def _wants_page() -> bool:
    """Browsers ask for HTML by name; programs take anything."""
    return request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html"


def _page(status: int, mark: str = "") -> Response:
    title, text = TEXTS.get(status, OTHER)
    inside = request.path.startswith("/queue")
    return Response(
        render_template("public/error.html", title=_(title), text=_(text), mark=mark, inside=inside), status
    )


def _line(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
