"""A committee's meeting: moved, cancelled, held, and its documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module

from flask import Response, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.meetings import DOCUMENTS, document_of, record_meeting, standing_before
from gateway.committees.refusal_texts import in_french
from gateway.queue.access import may_read, seen_committee
from gateway.queue.blueprint import opened, queue
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, treated_at
from storage.committees.committees import zone_of
from storage.committees.meetings import PRESENT, MeetingRefused, cancel_meeting, locked_meeting, move_meeting
from storage.enumerations import MeetingState
from storage.refusals import Why
from storage.safety.audit import write_line
from storage.safety.vault import VaultError
from storage.tables.committees import Committee, Meeting

FORMS = ("docx", "pdf")
UNKNOWN = "Réunion inconnue, ou hors de votre zone."


@queue.get("/committees/<code>/meetings/<id:id>")
@signed_in
def meeting(code: str, id: int) -> str:
    here = deployment()
    with here.database.write() as transaction:
        committee, chosen = _seen(transaction, code, id)
        if committee is None or chosen is None:
            raise PageRefused(UNKNOWN)
        write_line(transaction, here.now(), g.administrator.email, "meeting_seen", committee=code, meeting=id)
        before = [item for item in standing_before(here, transaction, chosen) if may_read(item)]
        treated = [item for item in treated_at(transaction, id) if may_read(item)]
    return render_template(
        "queue/meeting.html",
        committee=committee,
        meeting=chosen,
        items=before if chosen.state is MeetingState.PLANNED else [],
        treated=[(item, opened(here, DECISION, item.decision_sealed)) for item in treated],
        present=opened(here, PRESENT, chosen.present_sealed),
        at=chosen.starts_at.astimezone(zone_of(here.pack, committee)),
    )


@queue.get("/committees/<code>/meetings/<id:id>/<paper>.<form>")
@signed_in
def paper(code: str, id: int, paper: str, form: str) -> AnyResponse:
    here, calendar = deployment(), (paper, form) == ("reunion", "ics")
    is_paper = paper in DOCUMENTS and form in FORMS
    with here.database.write() as transaction:
        committee, chosen = _seen(transaction, code, id)
        if committee is None or chosen is None:
            raise PageRefused(UNKNOWN)
        if not is_paper and not calendar:
            raise PageRefused("Ce papier n'existe pas.")
        try:
            contents = document_of(here, transaction, chosen, paper) if is_paper else None
        except VaultError:
            raise PageRefused("Ce papier est illisible : la clé manque.", 503) from None
        write_line(
            transaction, here.now(), g.administrator.email, "paper", committee=code, meeting=id, paper=f"{paper}.{form}"
        )
    # Imported when somebody asks for one: what draws them would double the memory of a web process.
    drawing = import_module(f"gateway.documents.{form}")
    if contents is None:
        return _file(drawing.ics(committee, chosen, here.now()), drawing.CONTENT_TYPE, f"reunion-{code}.ics")
    body = getattr(drawing, form)(contents)
    return _file(body, drawing.CONTENT_TYPE, f"{paper}-{code}-{chosen.starts_at:%Y-%m-%d}.{form}")


def _file(body: bytes, content_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=content_type, headers=headers)


@queue.post("/committees/<code>/meetings/<id:id>/<act>")
@signed_in
def meeting_act(code: str, id: int, act: str) -> AnyResponse:
    if not g.rights.act:
        return refused("Votre rôle permet de lire, non d'agir.", 403)
    here = deployment()
    try:
        with here.database.write() as transaction:
            committee = seen_committee(transaction, code)
            meeting = locked_meeting(transaction, code, id)
            if committee is None or meeting is None or act not in ACTS:
                raise PageRefused(UNKNOWN)
            flash(ACTS[act](here, transaction, meeting))
            write_line(transaction, here.now(), g.administrator.email, f"meeting_{act}", committee=code, meeting=id)
    except MeetingRefused as why:
        flash(in_french(why))
    return redirect(url_for("queue.meeting", code=code, id=id))


def _move(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    zone = zone_of(here.pack, transaction.get_one(Committee, meeting.committee))
    try:
        to = datetime.fromisoformat(request.form.get("to", "")).replace(tzinfo=zone)
        to.astimezone(UTC)  # the first and last hours of the calendar have no such time
    except (ValueError, OverflowError):
        raise MeetingRefused(Why.NO_MEETING_HOUR) from None
    move_meeting(transaction, meeting, to, here.now())
    return "Réunion déplacée."


def _cancel(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    later = cancel_meeting(transaction, here.pack, meeting, here.now())
    return f"Réunion annulée. Les points passent à celle du {later.starts_at:%d/%m/%Y}."


def _held(here: Deployment, transaction: Transaction, meeting: Meeting) -> str:
    later = record_meeting(here, transaction, meeting, request.form.get("present", ""))
    return f"Réunion tenue. Ce qui n'a pas été traité passe à celle du {later.starts_at:%d/%m/%Y}."


ACTS: dict[str, Callable[[Deployment, Transaction, Meeting], str]] = {
    "move": _move,
    "cancel": _cancel,
    "held": _held,
}


def _seen(transaction: Transaction, code: str, id: int) -> tuple[Committee | None, Meeting | None]:
    committee = seen_committee(transaction, code)
    meeting = transaction.get(Meeting, id) if committee else None
    return committee, meeting if meeting and meeting.committee == code else None
