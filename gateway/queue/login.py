"""Signing in to the web queue and out of it, and the check of each request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.rights import access_in
from gateway.queue.access import LACKING, has_right, needed_for
from gateway.queue.forms.kept import is_from_elsewhere, kept_form, send_once_more, sign_in_again
from gateway.queue.sign_in import Outcome, read_try, remember_device, sign_in
from gateway.runtime.current import deployment
from gateway.translations import N_, _
from storage.concerns.access import Access
from storage.enumerations import AccountState
from storage.people.administrators import RIGHTS, Rights, end_sessions
from storage.safety.audit import write_line
from storage.tables.people import Administrator

login = Blueprint("login", __name__, url_prefix="/queue")
csrf = CSRFProtect()
View = Callable[..., Any]
REFUSALS = {
    Outcome.WRONG: (N_("Adresse, mot de passe ou code incorrect. Après cinq essais, attendez quinze minutes."), 401),
    Outcome.WAIT: (N_("Trop d'essais depuis ici : attendez quinze minutes."), 429),
    Outcome.BUSY: (N_("Trop de monde entre en ce moment : essayez de nouveau dans quelques secondes."), 429),
}


@login.route("/login", methods=["GET", "POST"])
def enter() -> AnyResponse | str | tuple[str, int]:
    """Shows the sign-in form; a post signs in."""
    if request.method == "GET":
        return render_template("queue/login.html")
    tried = read_try(request)
    outcome, administrator = sign_in(deployment(), tried)
    if administrator is None:
        refusal, status = REFUSALS[outcome]
        flash(_(refusal))
        return render_template("queue/login.html", kept=kept_form()), status
    onward = _own_path(request.args.get("next", ""))
    session.clear()
    session.permanent = True
    session["administrator"] = administrator.id
    session["since"] = administrator.password_hash[-16:]
    session["version"] = administrator.session_version
    start = "queue.audit" if RIGHTS[administrator.role].audit else "queue.start"
    response: AnyResponse = redirect(onward or url_for(start))
    if kept_form():
        response = send_once_more(_("Vous êtes entré. Ce que vous aviez écrit est gardé : envoyez-le."))
    remember_device(response, administrator.email)
    return response


@login.post("/logout")
def leave() -> AnyResponse:
    """Ends every session of the account, so that a cookie that was copied before is of no use any more."""
    here = deployment()
    with here.database.write() as transaction:
        administrator = transaction.get(Administrator, session.get("administrator", 0), with_for_update=True)
        if administrator and _is_current(administrator):
            end_sessions(administrator)
            write_line(transaction, here.now(), administrator.email, "signed_out")
    session.clear()
    return redirect(url_for("login.enter"))


def signed_in(view: View) -> View:
    """Decorator: admits only people whose role has the right that the page requires (`gateway.queue.access.ROUTES`).

    Sets `g.administrator`, `g.rights` and `g.access` for the view.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        here = deployment()
        administrator = None
        if number := session.get("administrator"):
            with here.database.read() as transaction:
                administrator = transaction.get(Administrator, number)
        if administrator is None or not _is_current(administrator):
            session.clear()
            return sign_in_again()
        g.administrator, g.rights = administrator, RIGHTS[administrator.role]
        g.access = access_of(administrator, g.rights)
        needs = needed_for(request.endpoint or "", request.method)
        if not has_right(g.rights, needs, administrator.area == here.pack.country_area.code):
            return refused(LACKING[needs], 403)
        return view(*args, **kwargs)

    return guarded


def _is_current(administrator: Administrator) -> bool:
    """Whether the session is still valid: since it began, no sign-out, no new password and no disabled account."""
    return (
        administrator.state is AccountState.ACTIVE
        and session.get("since") == administrator.password_hash[-16:]
        and session.get("version") == administrator.session_version
    )


def access_of(administrator: Administrator, rights: Rights) -> Access:
    """Which concerns this account may see."""
    return access_in(deployment().pack, administrator.area, rights)


def _own_path(onward: str) -> str | None:
    """The address, if it lies in the queue; else None. A link in a mail must not lead elsewhere after the password."""
    parts = urlsplit(onward)
    is_plain = "\\" not in onward and onward.isprintable()
    inside = onward.startswith("/queue/") and not parts.netloc and not parts.scheme and is_plain
    return onward if inside else None


@login.app_errorhandler(CSRFError)
def _stale(_error: CSRFError) -> AnyResponse:
    if "administrator" not in session and not is_from_elsewhere():
        return sign_in_again(400)
    return send_once_more(_("La page était trop ancienne. Ce que vous aviez écrit est gardé : envoyez-le."), 400)


class PageRefused(Exception):
    """Ends a view and its transaction. The page that says why is rendered afterwards, with no lock held.

    A 404 says that something does not exist or may not be seen; `gateway.queue.concerns.probes` counts them.
    """

    def __init__(self, why: str, status: int = 404) -> None:
        super().__init__(why)
        self.why, self.status = why, status


def refused(why: str, status: int) -> Response:
    """A page that says why nothing was shown or done. It shows what was typed, to copy."""
    kept = None if is_from_elsewhere() else kept_form()
    return Response(render_template("queue/refused.html", why=why, kept=kept), status)
