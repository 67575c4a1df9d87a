"""Announcements in the web queue: written by one, seen as the phone shows it, approved by another, stopped by any."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.broadcasts import preview
from gateway.deployment import Deployment
from gateway.queue.login import refused, signed_in
from gateway.queue.pages import queue
from gateway.queue.sight import sees_area
from gateway.webhooks.door import deployment
from storage.audit import write_line
from storage.broadcasts import BroadcastRefused, approve, held_broadcast, list_broadcasts, propose, stop
from storage.message_models import Broadcast

ONLY = "Réservé aux administrateurs."


@queue.route("/broadcasts", methods=["GET", "POST"])
@signed_in
def broadcasts() -> AnyResponse | str:
    """The list, and the form: first what it would be, then, sent once more with `propose`, the announcement."""
    if not g.rights.manage:
        return refused(ONLY, 403)
    here = deployment()
    area, text = request.form.get("area", ""), request.form.get("text", "")
    shown = None
    with here.database.write() as open_:
        if request.method == "POST":
            if area not in here.pack.areas or not sees_area(here.pack, area):
                return refused("Zone inconnue, ou hors de la vôtre.", 404)
            try:
                shown = preview(here, open_, area, text)
                if request.form.get("propose") == "1":
                    one = propose(open_, area, shown.text, g.administrator.email, here.now())
                    write_line(open_, here.now(), g.administrator.email, "broadcast_proposed", broadcast=one.id)
                    flash("Annonce écrite. Une autre personne doit donner son accord.")
                    return redirect(url_for("queue.broadcasts"))
            except BroadcastRefused as why:
                flash(str(why))
        areas = [code for code in here.pack.areas if sees_area(here.pack, code)]
        rows = list_broadcasts(open_, areas)
    return render_template("queue/broadcasts.html", rows=rows, areas=areas, area=area, text=text, shown=shown)


@queue.post("/broadcasts/<int:id>/<act>")
@signed_in
def broadcast_act(id: int, act: str) -> AnyResponse:
    if not g.rights.manage:
        return refused(ONLY, 403)
    here = deployment()
    try:
        with here.database.write() as open_:
            one = held_broadcast(open_, id)
            if one is None or act not in ACTS or not sees_area(here.pack, one.area):
                return refused("Annonce inconnue, ou hors de votre zone.", 404)
            flash(ACTS[act](here, open_, one))
            write_line(open_, here.now(), g.administrator.email, f"broadcast_{act}", broadcast=id)
    except BroadcastRefused as why:
        flash(str(why))
    return redirect(url_for("queue.broadcasts"))


def _approve(_: Deployment, __: Transaction, one: Broadcast) -> str:
    approve(one, g.administrator.email)
    return "D'accord : l'annonce part dans la minute, peu à peu."


def _stop(here: Deployment, open_: Transaction, one: Broadcast) -> str:
    return f"Arrêtée. {stop(open_, one, here.now())} SMS retenu(s)."


ACTS = {"approve": _approve, "stop": _stop}
