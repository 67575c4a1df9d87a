"""The registry in the web queue: all committees by region and on a map, and their import from a file."""

from __future__ import annotations

import contextlib

from flask import g, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.coverage import Share, dots, region_of, shares
from gateway.committees.refusal_texts import change_for_page, for_page
from gateway.committees.registry import import_committees
from gateway.queue.access import sees_area
from gateway.queue.blueprint import queue
from gateway.queue.login import refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.committees.registry_import import DryRun, ImportRefused
from storage.tables.committees import Committee

UNKNOWN = N_("Comité inconnu, ou hors de votre zone.")


@queue.get("/committees")
@signed_in
def committees() -> str:
    """The share installed, the map, and a list: one region, else all that are installed or above the communes."""
    here = deployment()
    region = request.args.get("region", "")
    with here.database.read() as transaction:
        mine = [
            committee
            for committee in transaction.scalars(select(Committee).order_by(Committee.name))
            if _accessible(here, committee)
        ]
    first = here.pack.levels[0].id
    communal = [committee for committee in mine if committee.level == first]
    if region in here.pack.areas:
        rows = [committee for committee in mine if region_of(here.pack, committee).code == region]
    else:
        rows = [committee for committee in mine if committee.installed or committee.level != first]
    whole = Share(None, sum(committee.installed for committee in communal), len(communal))
    return render_template(
        "queue/committees.html", rows=rows, region=here.pack.areas.get(region), whole=whole,
        shares=shares(here.pack, communal), dots=dots(here.pack, communal),
    )  # fmt: skip


def _accessible(here: Deployment, committee: Committee) -> bool:
    return committee.area in here.pack.areas and sees_area(here.pack, committee.area)


@queue.post("/committees/import")
@signed_in
def committees_import() -> AnyResponse | str:
    """Shows what a file would change; imports it with `apply=1`. A wrong line is named, and nothing is imported."""
    here = deployment()
    if not g.rights.manage or g.administrator.area != here.pack.country_area.code:
        return refused(_("Réservé aux administrateurs du pays."), 403)
    lines, applied = request.form.get("csv", ""), request.form.get("apply") == "1"
    changes, wrong = [], ""
    with contextlib.suppress(DryRun):
        try:
            with here.database.write() as transaction:
                changes = import_committees(here, transaction, lines, g.administrator.email)
                if not applied:
                    raise DryRun
        except ImportRefused as why:
            wrong = for_page(why)
    here.wake_worker()
    done = [(change, change_for_page(change)) for change in changes]
    return render_template("queue/import.html", changes=done, wrong=wrong, told=lines, applied=applied and not wrong)
