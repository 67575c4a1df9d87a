"""The answers to errors: for a browser a page in French with a way back, for a program one plain line."""

from __future__ import annotations

import logging
import secrets

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException

from gateway.runtime.logs import innermost

TEXTS = {
    400: ("Demande incompréhensible", "Votre navigateur a envoyé une demande que nous ne comprenons pas."),
    403: ("Accès refusé", "Cette page n'est pas ouverte à votre compte."),
    404: ("Page introuvable", "L'adresse est peut-être mal écrite, ou la page n'existe plus."),
    405: ("Action impossible", "Cette page ne peut pas être ouverte de cette façon."),
    413: ("Fichier ou texte trop grand", "Réduisez-le, puis envoyez-le de nouveau."),
    429: ("Trop de demandes", "Attendez une minute, puis recommencez."),
    500: ("Erreur interne", "L'incident est noté. Réessayez ; s'il revient, donnez ce repère à l'administrateur."),
}
"""A title and what to do, by the status of the answer."""
OTHER = ("Cette page ne peut pas être montrée", "Revenez à l'accueil et recommencez.")
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
    return _page(500, mark) if _wants_page() else _line(f"Erreur interne, repère {mark}", 500)


def _wants_page() -> bool:
    """Browsers ask for HTML by name; programs take anything."""
    return request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html"


def _page(status: int, mark: str = "") -> Response:
    title, text = TEXTS.get(status, OTHER)
    inside = request.path.startswith("/queue")
    return Response(render_template("public/error.html", title=title, text=text, mark=mark, inside=inside), status)


def _line(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
