"""The page of one's own account: another password, and codes at sign-in."""

from __future__ import annotations

import segno
from flask import flash, g, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from gateway.queue.blueprint import queue
from gateway.queue.login import PageRefused, signed_in
from gateway.queue.sign_in import MOST_AT_ONE_ACCOUNT, QUARTER, slots
from gateway.runtime.current import deployment
from gateway.runtime.hash_slots import Busy
from gateway.runtime.rate_limits import RateLimit
from gateway.translations import _
from storage.people.administrators import Kept, change_password, hash_password, password_is_right
from storage.people.sign_in_codes import address_of, ask_for_codes, new_secret
from storage.safety.audit import write_line
from storage.tables.people import Administrator

PENDING = "totp"
"""The session key of a secret that has been shown and is not confirmed yet."""


@queue.get("/account")
@signed_in
def account() -> str:
    """The account's page. It shows a new secret until a code confirms it; only the session cookie holds that secret."""
    secret = session.setdefault(PENDING, new_secret()) if g.administrator.totp_sealed is None else ""
    picture = (
        segno.make(address_of(secret, g.administrator.email)).svg_inline(scale=4, omitsize=False) if secret else ""
    )
    return render_template("queue/account.html", secret=secret, picture=Markup(picture))  # noqa: S704 - our own drawing


@queue.post("/account/<act>")
@signed_in
def account_act(act: str) -> AnyResponse:
    """Changes the password, or turns on codes at sign-in."""
    here = deployment()
    new_hash, notice = _new_password() if act == "password" else (None, "")
    with here.database.write() as transaction:
        me = transaction.get_one(Administrator, g.administrator.id)
        if act == "codes" and me.totp_sealed is None:
            done = ask_for_codes(here.vault, me, session.get(PENDING, ""), request.form.get("code", ""), here.now())
            notice = (
                _("Désormais un code est demandé à l'entrée.")
                if done
                else _("Code faux : lisez celui de l'application.")
            )
        elif act == "password":
            done = new_hash is not None and change_password(transaction, me, g.administrator.password_hash, new_hash)
            notice = notice if done or not new_hash else _("Le mot de passe a changé entre-temps. Recommencez.")
        else:
            raise PageRefused(_("Rien à faire ici."))
        write_line(transaction, here.now(), me.email, f"account_{act}", done=done)
    if done and act == "codes":
        session.pop(PENDING, None)
    flash(notice)
    return redirect(url_for("queue.account"))


def _new_password() -> tuple[str | None, str]:
    """The hash of the new password (None if refused) and the notice to show. Runs outside any transaction."""
    here, me = deployment(), g.administrator
    limit = RateLimit(f"password:{me.id}", QUARTER, MOST_AT_ONE_ACCOUNT)
    if here.rate_limits.is_over(limit):
        return None, _("Trop d'essais : attendez quinze minutes.")
    try:
        with slots(known=True).one():
            new_hash = hash_password(request.form.get("new", ""))
            right = password_is_right(Kept(me.id, me.email, me.password_hash), request.form.get("old", ""))
    except Busy:
        return None, _("Trop de monde entre en ce moment : essayez de nouveau dans quelques secondes.")
    except ValueError:
        return None, _("Le mot de passe doit avoir 10 caractères ou plus.")
    if not right:
        return None, "L'ancien mot de passe est faux."
    here.rate_limits.forgive(limit)
    return new_hash, _("Mot de passe changé. Entrez de nouveau.")
