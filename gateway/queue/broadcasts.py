"""Announcements in the web queue: one person writes and previews, another approves, any of them can stop it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, flash, g, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.accounts import area_named
from gateway.committees.refusal_texts import for_page
from gateway.outbound.broadcasts import Preview, preview, rests
from gateway.queue.access import sees_area
from gateway.queue.blueprint import queue
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _, ngettext
from storage.messages.broadcasts import (
    BroadcastRefused,
    approve,
    fingerprint,
    list_broadcasts,
    locked_broadcast,
    propose,
    stop,
)
from storage.messages.inbound_events import first_time
from storage.refusals import AccountRefused, Why
from storage.safety.audit import write_line
from storage.tables.messages import Broadcast

ONLY = N_("Réservé aux administrateurs.")
UNKNOWN_AREA = N_("Zone inconnue, ou hors de la vôtre.")
SEEN_FOR = timedelta(hours=1)
"""How long a preview may be filed. The mark that it was filed is kept longer."""


@queue.route("/broadcasts", methods=["GET", "POST"])
@signed_in
def broadcasts() -> AnyResponse:
    """The list and the form. A first post shows a signed preview; a second post files exactly what was signed.

    A refused form, and a preview that is too old to be filed, come back with their zone and text.
    """
    if not g.rights.manage:
        return refused(_(ONLY), 403)
    here = deployment()
    area, text, shown = _area_typed(here), request.form.get("text", ""), None
    if seen := request.form.get("seen"):
        try:
            return _file(here, seen)
        except PreviewTooOld as old:
            flash(_("Cet aperçu était trop ancien. Relisez, puis proposez de nouveau."))
            area, text = old.area, old.text
    with here.database.read() as transaction:
        if request.method == "POST":
            try:
                shown = _previewed(here, transaction, area, text)
            except BroadcastRefused as why:
                flash(for_page(why))
        is_of_country = g.administrator.area == here.pack.country_area.code
        areas = None if is_of_country else [code for code in here.pack.areas if sees_area(here.pack, code)]
        rows = list_broadcasts(transaction, areas)
    page = render_template(
        "queue/broadcasts.html", rows=rows, area=area, text=text, shown=shown,
        seen=_sealed(here, area, shown.text) if shown else "", fingerprint=fingerprint,
    )  # fmt: skip
    is_refused = request.method == "POST" and shown is None
    return AnyResponse(page, 422 if is_refused else 200, content_type="text/html; charset=utf-8")


@dataclass
class PreviewTooOld(Exception):
    """A preview that was signed too long ago to be filed."""

    area: str
    text: str


def _previewed(here: Deployment, transaction: Transaction, area: str, text: str) -> Preview:
    """The preview of an announcement. Raises `BroadcastRefused`, also for a zone outside the person's own."""
    if not area:
        raise BroadcastRefused(Why.BROADCAST_WITHOUT_AREA)
    if not _may_announce(here, area):
        raise BroadcastRefused(Why.BROADCAST_OUTSIDE)
    return preview(here, transaction, area, text)


def _area_typed(here: Deployment) -> str:
    """The code of the area that was typed as a code or a name, or what was typed if there is no such area."""
    typed = request.form.get("area", "").strip()
    try:
        return area_named(here.pack, typed) if typed else ""
    except AccountRefused:
        return typed


def _may_announce(here: Deployment, area: str) -> bool:
    return area in here.pack.areas and sees_area(here.pack, area)


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="announcement seen before it is filed")


def _sealed(here: Deployment, area: str, text: str) -> str:
    """The signed preview: who saw which text, and when. The random last part tells equal texts apart."""
    seen = [g.administrator.id, area, text, here.now().timestamp(), secrets.token_hex(8)]
    return str(_seal().dumps(seen))


def _file(here: Deployment, sealed: str) -> AnyResponse:
    """Files the previewed announcement once, even if its button is pressed several times. Raises `PreviewTooOld`."""
    try:
        who, area, text, at, _nonce = _seal().loads(sealed)
    except (BadSignature, ValueError):
        return refused(_("Cet aperçu n'est pas lisible. Écrivez l'annonce de nouveau."), 400)
    if who != g.administrator.id or not _may_announce(here, area):
        return refused(_(UNKNOWN_AREA), 404)
    now = here.now()
    if now.timestamp() - at > SEEN_FOR.total_seconds():
        raise PreviewTooOld(area, text)
    with here.database.write() as transaction:
        if first_time(transaction, here.vault, "announcement", sealed, now=now):
            broadcast = propose(transaction, area, text, g.administrator.email, now)
            write_line(transaction, now, g.administrator.email, "broadcast_proposed", broadcast=broadcast.id)
    flash(_("Annonce écrite. Une autre personne doit donner son accord."))
    return redirect(url_for("queue.broadcasts"))


@queue.post("/broadcasts/<id:id>/<act>")
@signed_in
def broadcast_act(id: int, act: str) -> AnyResponse:
    """Approves or stops an announcement. Raises `PageRefused` if it is unknown or outside the area."""
    if not g.rights.manage:
        return refused(_(ONLY), 403)
    here = deployment()
    try:
        with here.database.write() as transaction:
            broadcast = locked_broadcast(transaction, id)
            if broadcast is None or act not in ACTS or not sees_area(here.pack, broadcast.area):
                raise PageRefused(_("Annonce inconnue, ou hors de votre zone."))
            flash(ACTS[act](here, transaction, broadcast))
            write_line(transaction, here.now(), g.administrator.email, f"broadcast_{act}", broadcast=id)
    except BroadcastRefused as why:
        flash(for_page(why))
    return redirect(url_for("queue.broadcasts"))


def _approve(here: Deployment, transaction: Transaction, broadcast: Broadcast) -> str:
    approve(broadcast, g.administrator.email, request.form.get("seen", ""))
    if rests(here, transaction, broadcast):
        return _("D'accord : l'annonce part à la fin des heures de silence, peu à peu.")
    return _("D'accord : l'annonce part dans la minute, peu à peu.")


def _stop(here: Deployment, transaction: Transaction, broadcast: Broadcast) -> str:
    return ngettext(
        "Arrêtée. %(num)s SMS retenu.", "Arrêtée. %(num)s SMS retenus.", stop(transaction, broadcast, here.now())
    )


ACTS = {"approve": _approve, "stop": _stop}
