"""One committee in the web queue: its items and recommendations, its settings, installing and closing it."""

from __future__ import annotations

from datetime import date, datetime

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from config.pack import Pack
from flows.committees.meetings import MeetingRuleError
from gateway.committees.concerns import ActRefused
from gateway.committees.refusal_texts import for_page
from gateway.committees.registry import change, close, install
from gateway.queue.access import may_read, may_see_recommendation, seen_committee
from gateway.queue.blueprint import queue
from gateway.queue.committees.asking import Asked, ask, is_sure, turns_back
from gateway.queue.committees.registry import UNKNOWN
from gateway.queue.dates import on_day
from gateway.queue.forms.refilled import came_back
from gateway.queue.labels import page_titles
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _, ngettext
from storage.committees.agenda_items import in_hand
from storage.committees.agendas import agenda
from storage.committees.budgets import spent_this_month
from storage.committees.committees import next_meeting, next_meeting_at, secretaries_of, zone_of
from storage.committees.competence import what_leaves
from storage.committees.meetings import meetings_of
from storage.committees.recommendations import owed_by
from storage.concerns.satisfaction import satisfaction_of
from storage.enumerations import MeetingState
from storage.refusals import SettingRefused, Why
from storage.safety.audit import write_line
from storage.tables.committees import Committee, Meeting

SETTABLE = (
    "chair", "venue", "meets", "agenda_size", "time_zone", "language", "digest_weekday", "digest_hour", "quiet_from",
    "quiet_until", "monthly_budget",
)  # fmt: skip


@queue.get("/committees/<code>")
@signed_in
def committee(code: str) -> AnyResponse | str:
    """One committee: its items, the recommendations that it owes an answer to, and its settings."""
    here = deployment()
    titles = page_titles(here.vault, here.pack)
    with here.database.read() as transaction:
        committee = seen_committee(transaction, code)
        if committee is None:
            raise PageRefused(_(UNKNOWN))
        secretaries, meetings = secretaries_of(transaction, code), meetings_of(transaction, code)
        coming = [row for row in meetings if row.starts_at > here.now() and row.state is MeetingState.PLANNED]
        planned = min(coming, key=lambda row: row.starts_at, default=None)
        items = [item for item in agenda(transaction, code, here.now()) if may_read(item)]
        followed = [item for item in in_hand(transaction, code) if may_read(item)]
        followed_titles = titles.of_all(transaction, followed)
        owed = owed_by(transaction, code)  # their rows stay loaded, so that reading one needs no query
        shown = {
            "committee": committee,
            "meets_at": _meets_at(here, transaction, committee, planned),
            "planned": planned,
            "meetings": meetings,
            "items": [(item, titles.of(item)) for item in items],
            "in_hand": [(item, followed_titles[item.id]) for item in followed],
            "owed": [row.recommendation for row in owed if may_see_recommendation(transaction, row.recommendation)],
            "secretaries": len(secretaries),
            "silent": sum(secretary.muted_at is not None for secretary in secretaries),
            "spent": spent_this_month(transaction, here.pack, code, here.now()),
            "satisfaction": satisfaction_of(transaction, code),
            "languages": here.pack.languages,
        }
    return render_template("queue/committee.html", **shown)


def _meets_at(
    here: Deployment, transaction: Transaction, committee: Committee, planned: Meeting | None
) -> datetime | None:
    if not meets(here.pack, committee):
        return None
    return planned.starts_at if planned else next_meeting_at(transaction, here.pack, committee, here.now())


def meets(pack: Pack, committee: Committee) -> bool:
    """Whether a committee has meetings: yes, unless it is of the lowest level and not installed."""
    return committee.installed or committee.level != pack.levels[0].id


@queue.post("/committees/<code>/meetings/next")
@signed_in
def plan_meeting(code: str) -> AnyResponse:
    """Makes the row of the next meeting, so that it can be moved, cancelled and recorded before it has an item."""
    if not g.rights.act:
        return refused(_("Votre rôle permet de lire, non d'agir."), 403)
    here = deployment()
    with here.database.write() as transaction:
        committee = seen_committee(transaction, code)
        if committee is None or not meets(here.pack, committee):
            raise PageRefused(_(UNKNOWN))
        id = next_meeting(transaction, here.pack, committee, here.now()).id
        write_line(transaction, here.now(), g.administrator.email, "meeting_planned", committee=code, meeting=id)
    return redirect(url_for("queue.meeting", code=code, id=id))


@queue.post("/committees/<code>/<act>")
@signed_in
def committee_act(code: str, act: str) -> AnyResponse | str:
    """Installs, changes or closes a committee."""
    if not g.rights.manage:
        return refused(_("Réservé aux administrateurs."), 403)
    if turns_back():
        return came_back("queue.committee", code=code)
    here = deployment()
    try:
        with here.database.write() as transaction:
            committee = seen_committee(transaction, code)
            if committee is None or act not in DO:
                raise PageRefused(_(UNKNOWN))
            flash(DO[act](here, transaction, committee))
    except Asked as asked:
        return ask(asked)
    except MeetingRuleError:
        rule = for_page(SettingRefused(Why.NO_MEETING_RULE))
        return came_back("queue.committee", f"{rule[0].upper()}{rule[1:]}.", code=code)
    except (SettingRefused, ActRefused) as why:
        return came_back("queue.committee", why, code=code)
    here.wake_worker()
    return redirect(url_for("queue.committee", code=code))


def _install(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    try:
        on = date.fromisoformat(request.form.get("on", ""))
    except ValueError:
        raise ActRefused(Why.INSTALLED_ON_FORM) from None
    moved = install(here, transaction, committee, g.administrator.email, on, request.form.get("meets", ""))
    return ngettext(
        "Installé. %(num)s préoccupation ouverte descend à ce comité.",
        "Installé. %(num)s préoccupations ouvertes descendent à ce comité.",
        moved,
    )


def _close(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    """Closes the committee. Raises `Asked` without a confirmation, which ends the transaction without a change."""
    if committee.installed and not is_sure():
        leaving = what_leaves(transaction, committee)
        raise Asked(
            _("Fermer %(committee)s ?", committee=committee.name),
            (
                _(
                    "Ces points et messages passent à %(committee)s, comme ils sont : %(items)s, %(messages)s.",
                    committee=leaving.to.name,
                    items=ngettext("%(num)s point", "%(num)s points", leaving.items),
                    messages=ngettext("%(num)s message", "%(num)s messages", leaving.concerns),
                ),
                _("Ce qui est décidé, recommandé ou transmis garde son état et son historique."),
                _("Installer de nouveau ce comité lui rend tout ce que personne n'a traité entre-temps."),
            ),
            _("Fermer"),
        )
    moved = close(here, transaction, committee, g.administrator.email)
    return ngettext(
        "Fermé. %(num)s préoccupation ouverte remonte au comité au-dessus.",
        "Fermé. %(num)s préoccupations ouvertes remontent au comité au-dessus.",
        moved,
    )


def _change(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    settings = {name: request.form[name] for name in SETTABLE if name in request.form}
    settings["silent_when_quiet"] = request.form.get("silent_when_quiet", "")
    rule = committee.meets
    if not change(here, transaction, committee, g.administrator.email, settings):
        return _("Rien n'a changé.")
    left_alone = _left_alone(here, transaction, committee) if committee.meets != rule else ""
    return " ".join(filter(None, (_("Enregistré."), left_alone)))


def _left_alone(here: Deployment, transaction: Transaction, committee: Committee) -> str:
    """Names the meetings that were set by hand: a new rule does not move them."""
    ahead = [meeting for meeting in meetings_of(transaction, committee.code) if meeting.starts_at > here.now()]
    by_hand: list[Meeting] = [meeting for meeting in reversed(ahead) if meeting.set_by_hand]
    days = ", ".join(on_day(meeting.starts_at.astimezone(zone_of(here.pack, committee))) for meeting in by_hand)
    if not days:
        return ""
    return ngettext(
        "Fixée à la main, reste à sa date : %(days)s.",
        "Fixées à la main, restent à leur date : %(days)s.",
        len(by_hand),
        days=days,
    )


DO = {"install": _install, "close": _close, "change": _change}
