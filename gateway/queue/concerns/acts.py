"""The acts on one concern. A refused form comes back with what was typed, and the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, g, redirect, request, url_for
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse

from flows.triage.places.gazetteer import Spot
from gateway.committees.concerns import ActRefused, Correction, close, correct, reopen, reviewed, set_aside, to_agenda
from gateway.committees.one_concern.items import join, split
from gateway.committees.one_concern.notes import leave_note
from gateway.committees.one_concern.questions import ask, make_own_concern
from gateway.committees.one_concern.undo import UNDO_FOR, UndoLog, changed_by
from gateway.outbound.citizen_notifications import Goes
from gateway.queue.blueprint import queue
from gateway.queue.concerns.communes import commune_label, read_commune
from gateway.queue.concerns.page import gather, list_arguments, ready_text, seen_concern, seen_with_standing, shown
from gateway.queue.concerns.preview import preview
from gateway.queue.concerns.probes import ReferenceUnknown
from gateway.queue.concerns.undoing import offer_undo
from gateway.queue.dates import moment
from gateway.queue.forms.refilled import came_back
from gateway.queue.login import signed_in
from gateway.queue.promises import promised_sms
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _, ngettext
from storage.concerns.taking_up import take_up
from storage.enumerations import SetAside
from storage.refusals import Why
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Meeting
from storage.tables.concerns import Concern
from storage.tables.messages import Message


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an act.

    `said` is the text to show, `message` the SMS that it queued; `waits` says that an SMS goes when the time to undo is
    over.
    """

    said: str
    message: Message | None = None
    waits: bool = False


@queue.post("/concerns/<reference>/preview")
@signed_in
def concern_preview(reference: str) -> AnyResponse | str:
    """The page again, with what was typed and a preview of the SMS. An empty field gets the chosen ready text."""
    here, typed = deployment(), dict(request.form)
    what = "ask" if request.form.get("what") == "ask" else "close"
    field = "question" if what == "ask" else "answer"
    with here.database.write() as transaction:
        chosen, standing = seen_with_standing(transaction, reference)
        page = gather(here, transaction, chosen, standing)
        typed[field] = typed.get(field, "").strip() or ready_text(page, request.form.get("ready", ""))
        looked_at = preview(here, transaction, chosen, what, typed[field]) if typed[field] else None
    return shown(page, typed, looked_at)


@queue.post("/concerns/<reference>/<act>")
@signed_in
def act(reference: str, act: str) -> AnyResponse:
    """Carries out one act of `DO`. Leads back to the concern, or to the list if the person no longer sees it."""
    here = deployment()
    try:
        with here.database.write() as transaction:
            chosen = seen_concern(transaction, reference)
            if act not in DO:
                raise ReferenceUnknown
            if request.form.get("version") != str(chosen.version):
                raise ActRefused(Why.STALE)
            stays_in_sight = _carry_out(here, transaction, chosen, act)
            thread_of = transaction.get(Concern, chosen.duplicate_of) if chosen.duplicate_of else chosen
    except StaleDataError:
        return came_back("queue.concern", ActRefused(Why.STALE), reference=reference)
    except ActRefused as why:
        return came_back("queue.concern", why, reference=reference)
    here.wake_worker()
    if not stays_in_sight or thread_of is None:
        flash(_("Ce message n'est plus de votre ressort : un autre comité, ou d'autres droits, en ont la charge."))
        return redirect(url_for("queue.listing", **list_arguments()))
    return redirect(url_for("queue.concern", reference=thread_of.reference, **list_arguments()))


def _carry_out(here: Deployment, transaction: Transaction, chosen: Concern, act: str) -> bool:
    """Does the act, shows its result and offers to undo it. Returns whether the person still sees the concern."""
    actor = g.administrator.email
    log = UndoLog(transaction, actor, act, here.now())
    log.remember(changed_by(transaction, chosen, act))
    take_up(transaction, chosen, actor, here.now())
    done = DO[act](here, transaction, chosen)
    write_line(transaction, here.now(), actor, f"concern_{act}", reference=chosen.reference)
    flash(done.said)
    if act in UNDOABLE:
        offer_undo(here, log.keep(done.message), chosen.reference, waits=done.waits)
    return bool(g.access.sees(chosen))


def _correct(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    spot = read_commune(here, request.form.get("commune", ""))
    if g.access.communes is not None and spot.commune not in g.access.communes:
        raise ActRefused(Why.COMMUNE_OUTSIDE)
    correction = Correction(
        spot.commune, request.form.get("category", ""), request.form.get("urgency") or None,
        request.form.get("kind") or None, _place_typed(concern, spot),
    )  # fmt: skip
    correct(here, transaction, concern, g.administrator.email, correction)
    where = ", ".join(filter(None, (concern.place, commune_label(here.pack, concern.commune))))
    return Done(_("Corrigé. Lieu : %(where)s.", where=where))


def _place_typed(concern: Concern, spot: Spot) -> str | None:
    """The place of the form. A quartier typed as the commune replaces an empty place, or one of another commune."""
    place = request.form.get("place")
    is_of_before = place == (concern.place or "") and spot.commune != concern.commune
    return spot.place or "" if is_of_before or (spot.place and not place) else place


def _to_agenda(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    others = to_agenda(here, transaction, concern, g.administrator.email) - 1
    item = transaction.get_one(AgendaItem, concern.item_id)
    day = moment(here, transaction.get_one(Meeting, item.meeting_id).starts_at)
    if others:
        return Done(
            ngettext(
                "À l'ordre du jour de la réunion du %(day)s, avec %(num)s autre.",
                "À l'ordre du jour de la réunion du %(day)s, avec %(num)s autres.",
                others, day=day,
            )
        )  # fmt: skip
    return Done(_("À l'ordre du jour de la réunion du %(day)s.", day=day))


def _close(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    promise = close(here, transaction, concern, g.administrator.email, request.form.get("answer", ""), UNDO_FOR)
    return Done(_("Clos. %(sms)s", sms=promised_sms([promise])), waits=promise.goes is Goes.SOON)


def _ask(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    question = request.form.get("question", "")
    asked = ask(here, transaction, concern, g.administrator.email, question, UNDO_FOR)
    goes_soon = asked.goes_at <= here.now() + UNDO_FOR
    if goes_soon:
        text = _("Question posée. Le SMS attend cinq minutes : jusque-là cela s'annule.")
    else:
        text = _("Question posée. Le SMS part le %(when)s.", when=moment(here, asked.goes_at))
    return Done(text, asked.message, goes_soon)


def _note(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    leave_note(here, transaction, concern, g.administrator.email, request.form.get("note", ""))
    return Done(_("Note gardée."))


def _reviewed(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    reviewed(here, transaction, concern, g.administrator.email)
    return Done(_("Vérifié."))


def _reopen(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    reopen(here, transaction, concern, g.administrator.email)
    return Done(_("Rouvert."))


def _set_aside(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    why = request.form.get("why", "")
    if why not in set(SetAside):
        raise ActRefused(Why.SET_ASIDE_REASON)
    set_aside(here, transaction, concern, g.administrator.email, SetAside(why))
    return Done(_("Écarté, sans réponse au citoyen."))


def _own(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    make_own_concern(here, transaction, concern, g.administrator.email)
    return Done(_("%(reference)s est maintenant un message à part.", reference=concern.reference))


def _split(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    split(here, transaction, concern, g.administrator.email)
    return Done(_("Séparé : ce message est maintenant un point à lui seul."))


def _merge(here: Deployment, transaction: Transaction, concern: Concern) -> Done:
    join(here, transaction, concern, g.administrator.email, request.form.get("item", ""))
    return Done(_("Joint à ce point."))


DO: dict[str, Callable[[Deployment, Transaction, Concern], Done]] = {
    "correct": _correct,
    "agenda": _to_agenda,
    "close": _close,
    "ask": _ask,
    "note": _note,
    "reviewed": _reviewed,
    "reopen": _reopen,
    "aside": _set_aside,
    "own": _own,
    "split": _split,
    "merge": _merge,
}
UNDOABLE = frozenset(DO) - {"note", "own"}
"""Not undone: a note, and a reply made a concern of its own, because its citizen was told its reference."""
