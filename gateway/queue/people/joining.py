"""The page of an invitation: the holder of its link chooses a password, once, within two days."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees import accounts
from gateway.queue.login import PageRefused, login
from gateway.queue.sign_in import slots
from gateway.runtime.current import deployment
from gateway.runtime.hash_slots import Busy
from gateway.translations import N_, _
from storage.people.account_invitations import invited_by
from storage.people.administrators import hash_password

OVER = N_("Ce lien a déjà servi, ou il est trop ancien. Demandez-en un autre à qui vous a invité.")


@login.route("/join/<token>", methods=["GET", "POST"])
def join(token: str) -> AnyResponse | str:
    """Sets the password of an invited account. An unknown link costs no hash; nobody guesses a token of 192 bits."""
    here = deployment()
    with here.database.read() as transaction:
        account = invited_by(transaction, here.vault, token, here.now())
    if account is None:
        raise PageRefused(_(OVER))
    if request.method == "POST" and (password_hash := _chosen()):
        with here.database.write() as transaction:
            joined = accounts.join(here, transaction, token, password_hash)
        if joined is None:
            raise PageRefused(_(OVER))
        flash(_("Mot de passe choisi. Entrez avec votre adresse."))
        return redirect(url_for("login.enter"))
    return render_template("queue/people/join.html", account=account)


def _chosen() -> str | None:
    """The hash of the typed password; None if it is refused, and a flash says why. Runs outside any transaction."""
    typed = request.form.get("password", "")
    if typed != request.form.get("again", ""):
        flash(_("Les deux mots de passe diffèrent."))
        return None
    try:
        with slots(known=False).one():
            return hash_password(typed)
    except Busy:
        flash(_("Trop de monde entre en ce moment : essayez de nouveau dans quelques secondes."))
    except ValueError:
        flash(_("Le mot de passe doit avoir 10 caractères ou plus."))
    return None
