"""The registry in the web queue: which committees there are, by region and on a map, and one with all it does."""

from __future__ import annotations

import contextlib
from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from config.pack import Pack
from flows.committees.meetings import FORM_IN_FRENCH, MeetingRuleError
from gateway.committees.concerns import ActRefused
from gateway.committees.coverage import Share, dots, region_of, shares
from gateway.committees.refusal_texts import change_in_french, in_french
from gateway.committees.registry import change, close, import_committees, install
from gateway.queue.access import may_read, may_see_recommendation, seen_committee, sees_area
from gateway.queue.blueprint import queue
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import in_hand
from storage.committees.agendas import agenda
from storage.committees.budgets import spent_this_month
from storage.committees.committees import next_meeting, next_meeting_at, planned_meeting, secretaries_of
from storage.committees.competence import what_leaves
from storage.committees.meetings import meetings_of
from storage.committees.recommendations import owed_by
from storage.committees.registry_import import DryRun, ImportRefused
from storage.concerns.satisfaction import satisfaction_of
from storage.refusals import SettingRefused
from storage.safety.audit import write_line
from storage.tables.committees import Committee

UNKNOWN = "Comité inconnu, ou hors de votre zone."
SETTABLE = (
    "chair", "meets", "time_zone", "language", "digest_weekday", "digest_hour", "quiet_from", "quiet_until",
    "monthly_budget",
)  # fmt: skip


@queue.get("/committees")
@signed_in
def committees() -> str:
    """The share and the map of all; by name those of one region, else the installed ones and those above communes."""
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
    """Shows what a file would change; with `apply` it is done. A broken line is named, and nothing is imported."""
    here = deployment()
    if not g.rights.manage or g.administrator.area != here.pack.country_area.code:
        return refused("Réservé aux administrateurs du pays.", 403)
    lines, applied = request.form.get("csv", ""), request.form.get("apply") == "1"
    changes, wrong = [], ""
    with contextlib.suppress(DryRun):
        try:
            with here.database.write() as transaction:
                changes = import_committees(here, transaction, lines, g.administrator.email)
                if not applied:
                    raise DryRun
        except ImportRefused as why:
            wrong = in_french(why)
    here.wake_worker()
    done = [(change, change_in_french(change)) for change in changes]
    return render_template("queue/import.html", changes=done, wrong=wrong, told=lines, applied=applied and not wrong)


@queue.get("/committees/<code>")
@signed_in
def committee(code: str) -> AnyResponse | str:
    here = deployment()
    with here.database.read() as transaction:
        committee = seen_committee(transaction, code)
        if committee is None:
            raise PageRefused(UNKNOWN)
        secretaries = secretaries_of(transaction, code)
        shown = {
            "one": committee,
            "meets_at": next_meeting_at(transaction, here.pack, committee, here.now())
            if meets(here.pack, committee)
            else None,
            "planned": planned_meeting(transaction, committee, here.now()),
            "meetings": meetings_of(transaction, code),
            "items": [item for item in agenda(transaction, code, here.now()) if may_read(item)],
            "in_hand": [item for item in in_hand(transaction, code) if may_read(item)],
            "owed": [each for each in owed_by(transaction, code) if may_see_recommendation(transaction, each)],
            "secretaries": len(secretaries),
            "silent": sum(each.muted_at is not None for each in secretaries),
            "spent": spent_this_month(transaction, here.pack, code, here.now()),
            "satisfaction": satisfaction_of(transaction, code),
            "languages": here.pack.languages,
            "leaving": what_leaves(transaction, committee) if committee.installed else None,
        }
    return render_template("queue/committee.html", **shown)


def meets(pack: Pack, committee: Committee) -> bool:
    """Whether a committee has meetings: all but those of the lowest level that are only expected."""
    return committee.installed or committee.level != pack.levels[0].id


@queue.post("/committees/<code>/meetings/next")
@signed_in
def plan_meeting(code: str) -> AnyResponse:
    """Gives the next meeting a page of its own, where it is moved, cancelled and recorded, before it has any item."""
    if not g.rights.act:
        return refused("Votre rôle permet de lire, non d'agir.", 403)
    here = deployment()
    with here.database.write() as transaction:
        committee = seen_committee(transaction, code)
        if committee is None or not meets(here.pack, committee):
            raise PageRefused(UNKNOWN)
        id = next_meeting(transaction, here.pack, committee, here.now()).id
        write_line(transaction, here.now(), g.administrator.email, "meeting_planned", committee=code, meeting=id)
    return redirect(url_for("queue.meeting", code=code, id=id))


@queue.post("/committees/<code>/<act>")
@signed_in
def committee_act(code: str, act: str) -> AnyResponse:
    if not g.rights.manage:
        return refused("Réservé aux administrateurs.", 403)
    here = deployment()
    try:
        with here.database.write() as transaction:
            committee = seen_committee(transaction, code)
            if committee is None or act not in DO:
                raise PageRefused(UNKNOWN)
            flash(DO[act](here, transaction, committee))
    except MeetingRuleError:
        flash(f"{FORM_IN_FRENCH[0].upper()}{FORM_IN_FRENCH[1:]}.")
    except SettingRefused as why:
        flash(in_french(why))
    except ActRefused as why:
        flash(str(why))
    here.wake_worker()
    return redirect(url_for("queue.committee", code=code))


def _install(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    try:
        on = date.fromisoformat(request.form.get("on", ""))
    except ValueError:
        raise ActRefused("Le jour d'installation s'écrit AAAA-MM-JJ.") from None
    moved = install(here, transaction, committee, g.administrator.email, on, request.form.get("meets", ""))
    return f"Installé. {moved} préoccupation(s) ouverte(s) descendent à ce comité."


def _close(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    moved = close(here, transaction, committee, g.administrator.email)
    return f"Fermé. {moved} préoccupation(s) ouverte(s) remontent au comité au-dessus."


def _change(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    settings = {name: request.form[name] for name in SETTABLE if name in request.form}
    settings["silent_when_quiet"] = request.form.get("silent_when_quiet", "")
    return (
        "Enregistré." if change(here, transaction, committee, g.administrator.email, settings) else "Rien n'a changé."
    )


DO = {"install": _install, "close": _close, "change": _change}
