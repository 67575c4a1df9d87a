"""The page of a committee's secretaries. They are known by their phones, and no page shows a whole number.

The last two digits are shown, so that an administrator can tell two secretaries apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from flows.msisdn import BadMsisdn, Msisdn, may_be_written_to, read_msisdn
from gateway.committees import accounts
from gateway.committees.people import add_secretary, remove_secretary, replace_secretary
from gateway.outbound.alerts import follow_up
from gateway.queue.access import seen_committee
from gateway.queue.blueprint import queue
from gateway.queue.committees.registry import UNKNOWN
from gateway.queue.forms.refilled import came_back
from gateway.queue.labels import ACCOUNT_STATES
from gateway.queue.login import PageRefused, signed_in
from gateway.queue.people.accounts import shown_link
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.committees.committees import secretaries_since
from storage.people.administrators import accounts_of_phone
from storage.people.contacts import msisdn_of
from storage.people.secretary_pins import has_pin
from storage.refusals import AccountRefused
from storage.tables.committees import Committee
from storage.tables.people import Administrator, Contact

DIGITS_SHOWN = 2


class NumberRefused(Exception):
    """A number that cannot be a secretary's; the text says why."""


@dataclass(frozen=True, slots=True)
class ShownSecretary:
    """A secretary as the page shows them; `ends_in` are the last digits of their number."""

    id: int
    ends_in: str
    since: datetime
    has_pin: bool
    is_muted: bool
    account: Administrator | None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What an administrator has to hand over after an act: the code for a PIN, or the link of an account."""

    invitation: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@queue.get("/people/secretaries/<code>")
@signed_in
def secretaries(code: str) -> str:
    """The secretaries of a committee, without their numbers."""
    here = deployment()
    with here.database.read() as transaction:
        committee = _committee(transaction, code)
        shown = [
            _shown(here, transaction, committee, contact, since)
            for contact, since in secretaries_since(transaction, code)
        ]
    return render_template(
        "queue/people/secretaries.html", committee=committee, secretaries=shown, account_states=ACCOUNT_STATES
    )


@queue.post("/people/secretaries/<code>/add")
@signed_in
def secretary_add(code: str) -> AnyResponse | str:
    """Adds a secretary. Shows once the invitation with which they choose a PIN by SMS."""
    here = deployment()
    try:
        number = _number(here)
        with here.database.write() as transaction:
            committee = _committee(transaction, code)
            added = add_secretary(here, transaction, committee, number, g.administrator.email)
    except NumberRefused as why:
        return came_back("queue.secretaries", str(why), code=code)
    here.wake_worker()
    return render_template("queue/people/invitation.html", committee=committee, invitation=added.invitation)


@queue.post("/people/secretaries/<code>/<id:id>/<act>")
@signed_in
def secretary_act(code: str, id: int, act: str) -> AnyResponse | str:
    """Removes or replaces a secretary, or invites them to an account of the web queue."""
    here = deployment()
    made: HandedOver | None = None
    try:
        number = _number(here) if act == "replace" else None
        with here.database.write() as transaction:
            committee = _committee(transaction, code)
            contact = next((each for each, _ in secretaries_since(transaction, code) if each.id == id), None)
            if contact is None or act not in DO:
                raise PageRefused(_("Secrétaire inconnu, ou hors de votre zone."))
            made = DO[act](here, transaction, committee, contact, number)
    except NumberRefused as why:
        return came_back("queue.secretaries", str(why), code=code)
    except AccountRefused as why:
        return came_back("queue.secretaries", why, code=code)
    if act in ("remove", "replace"):
        # An alert that waited for this secretary goes to the next person now.
        follow_up(here, frozenset())
        here.wake_worker()
    if made and made.token:
        return shown_link(request.form.get("email", ""), made.token)
    if made:
        return render_template("queue/people/invitation.html", committee=committee, invitation=made.invitation)
    return redirect(url_for("queue.secretaries", code=code))


def _committee(transaction: Transaction, code: str) -> Committee:
    committee = seen_committee(transaction, code)
    if committee is None:
        raise PageRefused(_(UNKNOWN))
    return committee


def _shown(
    here: Deployment, transaction: Transaction, committee: Committee, contact: Contact, since: datetime
) -> ShownSecretary:
    number = msisdn_of(contact, here.vault) or ""
    account = next(iter(accounts_of_phone(transaction, contact.id, committee.area)), None)
    pin, is_muted = has_pin(transaction, contact), contact.muted_at is not None
    return ShownSecretary(contact.id, number[-DIGITS_SHOWN:], since, pin, is_muted, account)


def _number(here: Deployment) -> Msisdn:
    """The number of the form. Raises `NumberRefused`."""
    try:
        number = read_msisdn(request.form.get("number", ""), here.pack.country)
    except BadMsisdn:
        raise NumberRefused(_("Ce n'est pas un numéro : écrivez-le comme +22370000000.")) from None
    if not may_be_written_to(number, here.pack.sms_countries):
        raise NumberRefused(_("Aucun SMS ne part vers ce pays : les alertes n'arriveraient jamais."))
    return number


def _remove(
    here: Deployment, transaction: Transaction, committee: Committee, contact: Contact, _number: Msisdn | None
) -> None:
    remove_secretary(here, transaction, committee, contact, g.administrator.email)
    flash(_("Secrétaire retiré : son téléphone n'entend et ne fait plus rien pour ce comité."))


def _replace(
    here: Deployment, transaction: Transaction, committee: Committee, contact: Contact, number: Msisdn | None
) -> HandedOver:
    assert number is not None  # noqa: S101 - `secretary_act` has read it
    added = replace_secretary(here, transaction, committee, contact, number, g.administrator.email)
    return HandedOver(invitation=added.invitation)


def _invite(
    here: Deployment, transaction: Transaction, committee: Committee, contact: Contact, _number: Msisdn | None
) -> HandedOver:
    email = request.form.get("email", "")
    return HandedOver(
        token=accounts.invite_secretary(here, transaction, email, committee, contact, g.administrator.email)
    )


DO: dict[str, Callable[[Deployment, Transaction, Committee, Contact, Msisdn | None], HandedOver | None]] = {
    "remove": _remove,
    "replace": _replace,
    "invite": _invite,
}
