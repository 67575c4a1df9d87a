"""The registry in the web queue: all committees by region and on a map."""

from __future__ import annotations

from flask import render_template, request
from sqlalchemy import select

from gateway.committees.coverage import Share, dots, region_of, shares
from gateway.queue.access import sees_area
from gateway.queue.blueprint import queue
from gateway.queue.login import signed_in
from gateway.runtime.current import deployment
from gateway.translations import N_
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
            if sees_area(here.pack, committee.area)
        ]
    first = here.pack.levels[0].id
    communal = [committee for committee in mine if committee.level == first and committee.area in here.pack.areas]
    if region in here.pack.areas:
        rows = [committee for committee in mine if region_of(here.pack, committee).code == region]
    else:
        rows = [committee for committee in mine if committee.installed or committee.level != first]
    whole = Share(None, sum(committee.installed for committee in communal), len(communal))
    return render_template(
        "queue/committees.html", rows=rows, region=here.pack.areas.get(region), whole=whole,
        shares=shares(here.pack, communal), dots=dots(here.pack, communal),
    )  # fmt: skip
