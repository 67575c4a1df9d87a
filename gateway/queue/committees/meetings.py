"""The page of one meeting: its order of business, its documents, and moving, cancelling and recording it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from config.outside import read_number
from flows.committees.agenda import OrderOfBusiness, RankedItem
from gateway.committees.agenda_by_hand import put_in_order
from gateway.committees.meetings import DOCUMENTS, cancel, document_of, move, order_of, record_meeting
from gateway.committees.refusal_texts import for_page
from gateway.queue.access import may_read, seen_committee
from gateway.queue.blueprint import opened, queue
from gateway.queue.committees.asking import Asked, ask, is_sure, turns_back
from gateway.queue.committees.files import FORMS, drawn, file_response
from gateway.queue.dates import on_day
from gateway.queue.forms.refilled import came_back
from gateway.queue.labels import page_titles
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.committees.agenda_items import DECISION, treated_at
from storage.committees.committees import zone_of
from storage.committees.meetings import (
    CHAIRED_BY,
    EXCUSED,
    PRESENT,
    Attendance,
    MeetingRefused,
    is_odd,
    locked_meeting,
    set_venue,
)
from storage.enumerations import MeetingState
from storage.refusals import Why
from storage.safety.audit import write_line
from storage.safety.vault import VaultError
from storage.tables.committees import Committee, Meeting

UNKNOWN = N_("Réunion inconnue, ou hors de votre zone.")
Titled = list[tuple[RankedItem, str]]


@queue.get("/committees/<code>/meetings/<id:id>")
@signed_in
def meeting(code: str, id: int) -> str:
    """One meeting with its order of business. Reading it writes a line of audit."""
    here = deployment()
    titles = page_titles(here.vault, here.pack)
    with here.database.write() as transaction:
        committee, chosen = _seen(transaction, code, id)
        if committee is None or chosen is None:
            raise PageRefused(_(UNKNOWN))
        write_line(transaction, here.now(), g.administrator.email, "meeting_seen", committee=code, meeting=id)
        is_planned = chosen.state is MeetingState.PLANNED
        business = order_of(here, transaction, chosen) if is_planned else OrderOfBusiness((), (), ())
        treated = [item for item in treated_at(transaction, id) if may_read(item)]
        treated_titles = titles.of_all(transaction, treated)

    def readable(items: tuple[RankedItem, ...]) -> Titled:
        """The items that the person may read, with their titles."""
        return [(item, titles.of(item)) for item in items if may_read(item)]

    return render_template(
        "queue/meeting.html",
        committee=committee,
        meeting=chosen,
        put_on=readable(business.put_on),
        proposed=readable(business.proposed),
        left=readable(business.left),
        treated=[(item, treated_titles[item.id], opened(here, DECISION, item.decision_sealed)) for item in treated],
        present=opened(here, PRESENT, chosen.present_sealed),
        excused=opened(here, EXCUSED, chosen.excused_sealed),
        chaired_by=opened(here, CHAIRED_BY, chosen.chaired_by_sealed),
        at=chosen.starts_at.astimezone(zone_of(here.pack, committee)),
        has_begun=chosen.starts_at <= here.now(),
    )


@queue.get("/committees/<code>/meetings/<id:id>/<paper>.<form>")
@signed_in
def paper(code: str, id: int, paper: str, form: str) -> AnyResponse:
    """A document of a meeting as PDF or DOCX, or its date as ICS for calendars."""
    here, calendar = deployment(), (paper, form) == ("reunion", "ics")
    is_paper = paper in DOCUMENTS and form in FORMS
    with here.database.write() as transaction:
        committee, chosen = _seen(transaction, code, id)
        if committee is None or chosen is None:
            raise PageRefused(_(UNKNOWN))
        if not is_paper and not calendar:
            raise PageRefused(_("Ce papier n'existe pas."))
        try:
            contents = document_of(here, transaction, chosen, paper) if is_paper else None
        except VaultError:
            raise PageRefused(_("Ce papier est illisible : la clé manque."), 503) from None
        except MeetingRefused as why:
            raise PageRefused(for_page(why), 409) from None
        write_line(
            transaction, here.now(), g.administrator.email, "paper", committee=code, meeting=id, paper=f"{paper}.{form}"
        )
    if contents is None:
        # Imported here: only a calendar needs it.
        from gateway.documents import ics

        return file_response(ics.ics(committee, chosen, here.now()), ics.CONTENT_TYPE, f"reunion-{code}.ics")
    return file_response(*drawn(form, contents), f"{paper}-{code}-{chosen.starts_at:%Y-%m-%d}.{form}")


@queue.post("/committees/<code>/meetings/<id:id>/<act>")
@signed_in
def meeting_act(code: str, id: int, act: str) -> AnyResponse | str:
    """Carries out the act of a form on a meeting. It may show a confirmation page first."""
    if not g.rights.act:
        return refused(_("Votre rôle permet de lire, non d'agir."), 403)
    if turns_back():
        return came_back("queue.meeting", code=code, id=id)
    here = deployment()
    try:
        with here.database.write() as transaction:
            committee = seen_committee(transaction, code)
            meeting = locked_meeting(transaction, code, id)
            if committee is None or meeting is None or act not in ACTS:
                raise PageRefused(_(UNKNOWN))
            flash(ACTS[act](here, transaction, meeting))
            write_line(transaction, here.now(), g.administrator.email, f"meeting_{act}", committee=code, meeting=id)
    except Asked as asked:
        return ask(asked)
    except MeetingRefused as why:
        return came_back("queue.meeting", why, code=code, id=id)
    here.wake_worker()
    return redirect(url_for("queue.meeting", code=code, id=id))


def _move(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    committee = transaction.get_one(Committee, meeting.committee)
    try:
        to = datetime.fromisoformat(request.form.get("to", "")).replace(tzinfo=zone_of(here.pack, committee))
        to.astimezone(UTC)  # fails for the first and last hours that dates can express
    except (ValueError, OverflowError):
        raise MeetingRefused(Why.NO_MEETING_HOUR) from None
    if to > here.now() and is_odd(here.pack, committee, to, here.now()) and not is_sure():
        about = _("Une réunion la nuit, ou dans plus d'un an, est souvent une faute de frappe.")
        raise Asked(
            _("Le %(day)s à %(hour)s, est-ce bien cela ?", day=on_day(to), hour=f"{to:%H:%M}"),
            (about,),
            _("Oui, déplacer"),
        )
    move(here, transaction, meeting, to)
    return _("Réunion déplacée. Ses secrétaires, et les citoyens qui connaissaient la date, l'apprennent par SMS.")


def _cancel(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    later = cancel(here, transaction, meeting)
    return _("Réunion annulée. Les points passent à celle du %(day)s.", day=_day(here, transaction, later))


def _held(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    form = request.form
    attendance = Attendance(form.get("present", ""), form.get("excused", ""), form.get("chaired_by", ""))
    later = record_meeting(here, transaction, meeting, attendance)
    day = _day(here, transaction, later)
    return _("Réunion tenue. Ce qui n'a pas été traité passe à celle du %(day)s.", day=day)


def _day(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    zone = zone_of(here.pack, transaction.get_one(Committee, meeting.committee))
    return f"{meeting.starts_at.astimezone(zone):%d/%m/%Y}"


def _venue(_here: Deployment, _transaction: Transaction, meeting: Meeting) -> str:
    set_venue(meeting, request.form.get("venue", ""))
    return _("Lieu enregistré.")


def _order(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    """Puts the items in the order of the numbers typed beside them. Items without a number come last."""
    places: list[tuple[int, int]] = []
    for name, typed in request.form.items():
        id, place = name.removeprefix("place-"), read_number(typed, 999)
        if name.startswith("place-") and id.isdecimal() and place is not None:
            places.append((place, int(id)))
    wanted = [id for place, id in sorted(places)]
    moved = put_in_order(here, transaction, meeting.committee, wanted, g.administrator.email)
    return _("Ordre enregistré.") if moved else _("L'ordre n'a pas changé.")


ACTS: dict[str, Callable[[Deployment, Transaction, Meeting], str]] = {
    "move": _move,
    "cancel": _cancel,
    "held": _held,
    "venue": _venue,
    "order": _order,
}


def _seen(transaction: Transaction, code: str, id: int) -> tuple[Committee | None, Meeting | None]:
    committee = seen_committee(transaction, code)
    meeting = transaction.get(Meeting, id) if committee else None
    return committee, meeting if meeting and meeting.committee == code else None
