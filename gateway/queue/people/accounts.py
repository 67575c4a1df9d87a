"""The pages of accounts: an administrator lists, invites, changes and disables the accounts of their area."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees import accounts
from gateway.queue.access import sees_area
from gateway.queue.blueprint import queue
from gateway.queue.forms.refilled import came_back
from gateway.queue.labels import ACCOUNT_STATES, ROLES
from gateway.queue.login import PageRefused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.committees.committees import count_secretaries
from storage.enumerations import AccountState, Role
from storage.people.account_invitations import invited_until
from storage.refusals import AccountRefused, Why
from storage.tables.committees import Committee
from storage.tables.people import Administrator

UNKNOWN = N_("Personne inconnue, ou hors de votre zone.")
OWN = N_("Votre propre compte se change par un autre administrateur.")


@queue.get("/people")
@signed_in
def people() -> str:
    """The accounts of the area, and its committees with the number of secretaries of each."""
    here = deployment()
    with here.database.read() as transaction:
        mine = [
            account
            for account in transaction.scalars(select(Administrator).order_by(Administrator.email))
            if _is_mine(here, account)
        ]
        until = invited_until(transaction, [account.id for account in mine])
        served = count_secretaries(transaction)
        rows = transaction.scalars(select(Committee).where(Committee.code.in_(served)).order_by(Committee.name)).all()
    mine_served = [(committee, served[committee.code]) for committee in rows if sees_area(here.pack, committee.area)]
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
    """Invites a person and shows the link once. Nothing is sent, and the database keeps only the hash of its token."""
    here = deployment()
    try:
        role, area = _role(here), _area(here)
        with here.database.write() as transaction:
            email = request.form.get("email", "")
            token = accounts.invite(here, transaction, email, role, area, g.administrator.email)
    except AccountRefused as why:
        return came_back("queue.people", why)
    return shown_link(email, token)


@queue.get("/people/<id:id>")
@signed_in
def person(id: int) -> str:
    """The page of one account. Raises `PageRefused` if it is unknown or outside the area."""
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
    """Carries out one act of `DO` on an account of the area. Raises `PageRefused` for one's own account."""
    here = deployment()
    token: str | None = None
    try:
        with here.database.write() as transaction:
            account = _seen(here, transaction, id, locks=True)
            if act not in DO:
                raise PageRefused(_(UNKNOWN))
            if account.id == g.administrator.id:
                raise PageRefused(_(OWN), 403)
            token = DO[act](here, transaction, account)
    except AccountRefused as why:
        return came_back("queue.person", why, id=id)
    if token is not None:
        return shown_link(account.email, token)
    flash(_(DONE[act]))
    return redirect(url_for("queue.person", id=id))


def shown_link(email: str, token: str) -> str:
    """The page with an invitation link. It is the answer to the form: the link is not stored and not shown again."""
    link = url_for("login.join", token=token, _external=True)
    return render_template("queue/people/link.html", email=email.strip().lower(), link=link)


def _seen(here: Deployment, transaction: Transaction, id: int, locks: bool = False) -> Administrator:
    account = transaction.get(Administrator, id, with_for_update=locks or None)
    if account is None or not _is_mine(here, account):
        raise PageRefused(_(UNKNOWN))
    return account


def _is_mine(here: Deployment, account: Administrator) -> bool:
    """Whether the account lies in the person's area.

    Auditors, who watch everybody, belong to the country's administrators.
    """
    is_of_country = g.administrator.area == here.pack.country_area.code
    return sees_area(here.pack, account.area) and (is_of_country or account.role is not Role.AUDITOR)


def _given_roles(here: Deployment) -> list[Role]:
    """The roles that can be given here. The role of a secretary is given on the page of a committee's secretaries."""
    is_of_country = g.administrator.area == here.pack.country_area.code
    return [role for role in Role if role is not Role.SECRETARY and (is_of_country or role is not Role.AUDITOR)]


def _role(here: Deployment) -> Role:
    typed = request.form.get("role", "")
    if typed not in _given_roles(here):
        raise PageRefused(_("Ce rôle ne peut pas être donné ici."), 403)
    return Role(typed)


def _area(here: Deployment) -> str:
    """The area of the form, by code or name; by default one's own. Raises `AccountRefused` if it lies outside."""
    typed = request.form.get("area", "").strip()
    area = accounts.area_named(here.pack, typed) if typed else g.administrator.area
    if not sees_area(here.pack, area):
        raise AccountRefused(Why.AREA_UNKNOWN, text=typed[:60])
    return str(area)


def _disable(here: Deployment, transaction: Transaction, account: Administrator) -> None:
    accounts.disable(here, transaction, account, g.administrator.email)


def _invite(here: Deployment, transaction: Transaction, account: Administrator) -> str:
    """Invites a disabled person again, with the role and area that they had."""
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
    "disable": N_("Compte désactivé : plus personne n'entre avec lui."),
    "role": N_("Rôle et zone changés : cette personne entre de nouveau."),
    "codes": N_("Plus aucun code n'est demandé, jusqu'à ce que cette personne le règle de nouveau."),
}
