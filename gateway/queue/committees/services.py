"""The contacts that a committee's letters go to: one office for each local service."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.concerns import ActRefused
from gateway.committees.referrals import keep_contact
from gateway.queue.access import seen_committee
from gateway.queue.blueprint import queue
from gateway.queue.committees.registry import UNKNOWN
from gateway.queue.forms.refilled import came_back
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.translations import _
from storage.committees.service_contacts import ServiceAddress, address_of, contacts_of

NOBODY = ServiceAddress("", "", "")


@queue.get("/committees/<code>/services")
@signed_in
def services(code: str) -> str:
    """The contacts of a committee's area, one for each local service."""
    here = deployment()
    with here.database.read() as transaction:
        committee = seen_committee(transaction, code)
        if committee is None:
            raise PageRefused(_(UNKNOWN))
        known = {
            contact.service: address_of(contact, here.vault) for contact in contacts_of(transaction, committee.area)
        }
    names = here.pack.first_language.services
    rows = [(service, names[service], known.get(service, NOBODY)) for service in here.pack.local_services]
    return render_template("queue/services.html", committee=committee, rows=rows)


@queue.post("/committees/<code>/services")
@signed_in
def service_contact(code: str) -> AnyResponse:
    """Sets the contact of one service, or removes it if there is no addressee."""
    if not g.rights.manage:
        return refused(_("Réservé aux administrateurs."), 403)
    here, form = deployment(), request.form
    to = ServiceAddress(form.get("addressee", ""), form.get("address", ""), form.get("phone", ""))
    try:
        with here.database.write() as transaction:
            committee = seen_committee(transaction, code)
            if committee is None:
                raise PageRefused(_(UNKNOWN))
            changed = keep_contact(
                here, transaction, form.get("service", ""), committee.area, to, g.administrator.email
            )
        flash(_("Enregistré.") if changed else _("Rien n'a changé."))
    except ActRefused as why:
        return came_back("queue.services", why, code=code)
    return redirect(url_for("queue.services", code=code))
