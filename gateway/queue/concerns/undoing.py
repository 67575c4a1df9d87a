"""Undo within five minutes: offered to the person who acted on every page, while their session remembers the act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, g, redirect, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.concerns import ActRefused
from gateway.committees.one_concern.undo import UNDO_FOR, send_now, steps_to_undo, undo
from gateway.committees.refusal_texts import for_page
from gateway.queue.blueprint import queue
from gateway.queue.concerns.page import list_arguments
from gateway.queue.dates import clock_time
from gateway.queue.login import signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.safety.audit import write_line

OFFERED = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """The last act of this session, and until when it may be undone. `waits`: an SMS is sent when that time is over."""

    act: str
    until: str
    waits: bool


def offer_undo(here: Deployment, act: str, reference: str, waits: bool = False) -> None:
    """Remembers an act in the session. `reference` is the concern that undoing leads back to, empty for the list.

    `waits` says that an SMS is sent when the act can no longer be undone.
    """
    session[OFFERED] = [act, (here.now() + UNDO_FOR).isoformat(), reference, waits]


@queue.app_context_processor
def _offer() -> dict[str, object]:
    """Gives templates `undo_offer`; an act that is too old is not offered."""
    return {"undo_offer": _offered}


def _offered() -> Offer | None:
    if OFFERED not in session or not getattr(g, "administrator", None):
        return None
    act, until, _, waits = session[OFFERED]
    moment = datetime.fromisoformat(until)
    return Offer(act, clock_time(deployment(), moment), waits) if moment > deployment().now() else None


@queue.post("/undo/<act>")
@signed_in
def undo_act(act: str) -> AnyResponse:
    """Undoes the person's own act. An alert that was sent stays, and the page says so."""
    here, actor = deployment(), g.administrator.email
    offered = session.get(OFFERED)
    try:
        with here.database.write() as transaction:
            alert_is_gone = undo(here, transaction, steps_to_undo(transaction, act, actor, here.now()), actor)
            write_line(transaction, here.now(), actor, "act_undone", act=act)
        flash(_("Annulé.") if not alert_is_gone else _("Annulé. L'alerte, elle, est partie : elle ne s'annule pas."))
        session.pop(OFFERED, None)
    except ActRefused as why:
        flash(for_page(why))
    return _back(offered, act)


@queue.post("/undo/<act>/now")
@signed_in
def send_act_now(act: str) -> AnyResponse:
    """Sends at once the SMS of the person's own act that wait for the end of the time to undo."""
    here, actor = deployment(), g.administrator.email
    offered = session.pop(OFFERED, None)
    with here.database.write() as transaction:
        steps = steps_to_undo(transaction, act, actor, here.now())
        goes = send_now(here, transaction, steps)
        write_line(transaction, here.now(), actor, "act_sent_now", act=act, concerns=len(steps))
    if steps and not goes:
        flash(_("Aucun SMS ne part maintenant : la page du message dit quand."))
    else:
        flash(_("Le SMS part maintenant.") if goes else _("Ce geste n'attendait plus."))
    return _back(offered, act)


def _back(offered: list[str] | None, act: str) -> AnyResponse:
    """Leads back to where the act was done: its concern, or the list."""
    deployment().wake_worker()
    reference = offered[2] if offered and offered[0] == act else ""
    if reference:
        return redirect(url_for("queue.concern", reference=reference, **list_arguments()))
    return redirect(url_for("queue.listing", **list_arguments()))
