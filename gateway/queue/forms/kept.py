"""A form that cannot be accepted now comes back filled: its token is too old, or its sender has to sign in again.

What was typed travels in hidden fields of the sign-in page, then in a page that sends it once more. The gateway stores
none of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.clean_text import clean_text
from gateway.queue.forms.entries import SECRETS
from gateway.translations import N_, Labels

TO, PREFIX = "kept_to", "kept."
NEVER_KEPT = ("csrf_token", "code", "upload", TO, *SECRETS)
"""A sealed registry file is larger than the sign-in page takes; whoever signs in again chooses the file again."""
LABELS = Labels(
    {
        "answer": N_("Réponse au citoyen"),
        "question": N_("Question au citoyen"),
        "note": N_("Note"),
        "commune": N_("Commune, ou quartier"),
        "place": N_("Lieu"),
        "said": N_("Texte"),
        "text": N_("Texte"),
        "title": N_("Titre"),
        "summary": N_("Résumé"),
        "score": N_("Score"),
        "reason": N_("Raison"),
        "until": N_("Réponse avant le"),
        "chaired_by": N_("Présidée par"),
        "present": N_("Présents"),
        "excused": N_("Excusés"),
        "venue": N_("Lieu"),
        "on": N_("Jour d'installation"),
        "chair": N_("Présidence"),
        "meets": N_("Règle de réunion"),
        "agenda_size": N_("Points à l'ordre du jour"),
        "time_zone": N_("Fuseau horaire"),
        "digest_hour": N_("Heure du résumé"),
        "quiet_from": N_("Silence de (heure)"),
        "quiet_until": N_("Silence jusqu'à (heure)"),
        "monthly_budget": N_("Budget SMS du mois"),
        "addressee": N_("Destinataire"),
        "address": N_("Adresse"),
        "phone": N_("Téléphone"),
        "email": N_("Adresse électronique"),
        "area": N_("Zone"),
        "number": N_("Numéro"),
    }
)
"""The fields in which people write, with their labels. Other fields are kept too, but hidden."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The address of a form and its fields, in their order. A name may come more than once."""

    to: str
    fields: tuple[tuple[str, str], ...]

    @property
    def written(self) -> list[tuple[str, str, str]]:
        """The fields in which somebody wrote: name, label and text."""
        return [(name, LABELS[name], value) for name, value in self.fields if name in LABELS and value]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The other fields: choices, ids, versions."""
        return [(name, value) for name, value in self.fields if name not in LABELS or not value]


def kept_form() -> KeptForm | None:
    """The form that the current request sends, directly or through the sign-in page; None if it sends none."""
    if request.method != "POST":
        return None
    if TO in request.form:
        kept = [(name.removeprefix(PREFIX), value) for name, value in _entries() if name.startswith(PREFIX)]
        return KeptForm(request.form[TO], _keepable(kept)) if _is_own(request.form[TO]) else None
    if request.blueprint == "login":
        return None
    path = request.full_path.rstrip("?")
    return KeptForm(path, _keepable(_entries()))


def _keepable(entries: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in entries if name not in NEVER_KEPT)


def _entries() -> list[tuple[str, str]]:
    """The fields of the request, cleaned. Password fields are never kept, so they may be cleaned here."""
    return [(name, clean_text(value)) for name, value in request.form.items(multi=True)]


def _is_own(path: str) -> bool:
    return path.startswith("/queue/") and "\\" not in path and path.isprintable()


def is_from_elsewhere() -> bool:
    """Whether the browser says that another site's page sent this request.

    Its fields are then not shown: the reader did not type them.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def sign_in_again(status: int = 401) -> Response:
    """The answer to a person who is not signed in: the sign-in page, which keeps the form that was sent."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": url_for("login.enter")})
    if request.method == "GET" or is_from_elsewhere():
        return redirect(url_for("login.enter", next=request.full_path if request.method == "GET" else None))
    page = render_template("queue/login.html", kept=kept_form())
    return Response(page, status, content_type="text/html; charset=utf-8")


def send_once_more(why: str, status: int = 200) -> Response:
    """A page from which the kept form is sent again; without a kept form it shows only `why`."""
    kept = None if is_from_elsewhere() else kept_form()
    page = render_template("queue/kept.html", kept=kept, why=why)
    return Response(page, status, content_type="text/html; charset=utf-8")
