"""The pages of those who have an account: an administrator lists, invites, changes and disables those of their area."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees import accounts
from gateway.committees.refusal_texts import in_french
from gateway.queue.access import sees_area
from gateway.queue.blueprint import queue
from gateway.queue.labels import ACCOUNT_STATES, ROLES
from gateway.queue.login import PageRefused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.committees.committees import count_secretaries
from storage.enumerations import AccountState, Role
from storage.people.account_invitations import invited_until
from storage.refusals import AccountRefused, Why
from storage.tables.people import Administrator

UNKNOWN = "Personne inconnue, ou hors de votre zone."
OWN = "Votre propre compte se change par un autre administrateur."


@queue.get("/people")
@signed_in
def people() -> str:
    """Who may act in the area: accounts, and the committees with how many secretaries each has."""
    here = deployment()
    with here.database.read() as transaction:
        mine = [
            account
            for account in transaction.scalars(select(Administrator).order_by(Administrator.email))
            if _is_mine(here, account)
        ]
        until = invited_until(transaction, [account.id for account in mine])
        served = count_secretaries(transaction)
    committees = [here.pack.committees[code] for code in served if code in here.pack.committees]
    mine_served = [(each, served[each.code]) for each in committees if sees_area(here.pack, each.area)]
    return render_template(
        "queue/people/people.html",
        accounts=mine,
        until=until,
        served=mine_served,
        roles=_given_roles(here),
        role_names=ROLES,
        account_states=ACCOUNT_STATES,
    )


@queue.post("/people/invite")
@signed_in
def people_invite() -> AnyResponse | str:
    """Shows the link, once: nothing is sent, and the database has its hash alone."""
    here = deployment()
    try:
        role, area = _role(here), _area(here)
        with here.database.write() as transaction:
            email = request.form.get("email", "")
            token = accounts.invite(here, transaction, email, role, area, g.administrator.email)
    except AccountRefused as why:
        flash(in_french(why))
        return redirect(url_for("queue.people"))
    return shown_link(email, token)


@queue.get("/people/<id:id>")
@signed_in
def person(id: int) -> str:
    here = deployment()
    with here.database.read() as transaction:
        account = _seen(here, transaction, id)
        until = invited_until(transaction, [account.id]).get(account.id)
    return render_template(
        "queue/people/person.html",
        account=account,
        until=until,
        roles=_given_roles(here),
        role_names=ROLES,
        account_states=ACCOUNT_STATES,
    )


@queue.post("/people/<id:id>/<act>")
@signed_in
def person_act(id: int, act: str) -> AnyResponse | str:
    here = deployment()
    token: str | None = None
    try:
        with here.database.write() as transaction:
            account = _seen(here, transaction, id, locks=True)
            if act not in DO:
                raise PageRefused(UNKNOWN)
            if account.id == g.administrator.id:
                raise PageRefused(OWN, 403)
            token = DO[act](here, transaction, account)
    except AccountRefused as why:
        flash(in_french(why))
        return redirect(url_for("queue.person", id=id))
    if token is not None:
        return shown_link(account.email, token)
    flash(DONE[act])
    return redirect(url_for("queue.person", id=id))


def shown_link(email: str, token: str) -> str:
    """The page with a link that is not shown again; it is answered to the form itself and kept nowhere."""
    link = url_for("login.join", token=token, _external=True)
    return render_template("queue/people/link.html", email=email.strip().lower(), link=link)


def _seen(here: Deployment, transaction: Transaction, id: int, locks: bool = False) -> Administrator:
    account = transaction.get(Administrator, id, with_for_update=locks or None)
    if account is None or not _is_mine(here, account):
        raise PageRefused(UNKNOWN)
    return account


def _is_mine(here: Deployment, account: Administrator) -> bool:
    """Those of the area. Who watches over all of them, the auditor, is for the administrators of the country."""
    is_of_country = g.administrator.area == here.pack.country_area.code
    known = account.area in here.pack.areas and sees_area(here.pack, account.area)
    return known and (is_of_country or account.role is not Role.AUDITOR)


def _given_roles(here: Deployment) -> list[Role]:
    """The roles that may be given here; a secretary's comes with their phone."""
    is_of_country = g.administrator.area == here.pack.country_area.code
    return [role for role in Role if role is not Role.SECRETARY and (is_of_country or role is not Role.AUDITOR)]


def _role(here: Deployment) -> Role:
    typed = request.form.get("role", "")
    if typed not in _given_roles(here):
        raise PageRefused("Ce rôle ne peut pas être donné ici.", 403)
    return Role(typed)


def _area(here: Deployment) -> str:
    """The area of the form, by code or name; empty is one's own. It must lie in that."""
    typed = request.form.get("area", "").strip()
    area = accounts.area_named(here.pack, typed) if typed else g.administrator.area
    if not sees_area(here.pack, area):
        raise AccountRefused(Why.AREA_UNKNOWN, text=typed[:60])
    return str(area)


def _disable(here: Deployment, transaction: Transaction, account: Administrator) -> None:
    accounts.disable(here, transaction, account, g.administrator.email)


def _invite(here: Deployment, transaction: Transaction, account: Administrator) -> str:
    """Lets in again who was disabled, with the role and area they had."""
    if account.state is not AccountState.DISABLED:
        raise AccountRefused(Why.ADDRESS_TAKEN, email=account.email)
    return accounts.invite(here, transaction, account.email, account.role, account.area, g.administrator.email)


def _role_and_area(here: Deployment, transaction: Transaction, account: Administrator) -> None:
    accounts.set_role(here, transaction, account, _role(here), _area(here), g.administrator.email)


def _password(here: Deployment, transaction: Transaction, account: Administrator) -> str:
    return accounts.reset_password(here, transaction, account, g.administrator.email)


def _codes(here: Deployment, transaction: Transaction, account: Administrator) -> None:
    accounts.reset_codes(here, transaction, account, g.administrator.email)


DO: dict[str, Callable[[Deployment, Transaction, Administrator], str | None]] = {
    "disable": _disable,
    "invite": _invite,
    "role": _role_and_area,
    "password": _password,
    "codes": _codes,
}
DONE = {
    "disable": "Compte désactivé : plus personne n'entre avec lui.",
    "role": "Rôle et zone changés : cette personne entre de nouveau.",
    "codes": "Plus aucun code n'est demandé, jusqu'à ce que cette personne le règle de nouveau.",
}
