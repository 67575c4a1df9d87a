"""One act on several concerns of the list. Each is changed completely or not at all; undo reverts all of them."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.concerns import ActRefused, close, reviewed, set_aside, to_agenda
from gateway.committees.one_concern.undo import UNDO_FOR, UndoLog, changed_by
from gateway.committees.refusal_texts import for_page
from gateway.outbound.citizen_notifications import Goes, Promise
from gateway.queue.blueprint import queue
from gateway.queue.concerns.page import list_arguments, seen_concern
from gateway.queue.concerns.probes import ReferenceUnknown
from gateway.queue.concerns.undoing import offer_undo
from gateway.queue.forms.refilled import came_back
from gateway.queue.login import signed_in
from gateway.queue.promises import promised_sms
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _
from storage.concerns.listing.pages import PAGE
from storage.concerns.taking_up import take_up
from storage.enumerations import ConcernState, SetAside
from storage.safety.audit import write_line
from storage.tables.concerns import Concern


@queue.post("/concerns")
@signed_in
def batch() -> AnyResponse:
    """Acts on the ticked rows, then shows the list under the same filter with what was done and what was refused."""
    here, act = deployment(), request.form.get("act", "")
    picked = list(dict.fromkeys(request.form.getlist("pick")))[:PAGE]
    if act not in ACTS or not picked:
        flash(_("Cochez des messages, puis choisissez quoi en faire."))
        return redirect(url_for("queue.listing", **list_arguments()))
    with here.database.write() as transaction:
        log = UndoLog(transaction, g.administrator.email, act, here.now())
        promises: list[Promise] = []
        reasons = [why for row in picked if (why := _one(here, transaction, log, row, act, promises))]
        done = len(picked) - len(reasons)
        if done:
            offer_undo(here, log.keep(), "", waits=any(promise.goes is Goes.SOON for promise in promises))
    here.wake_worker()
    _say(act, done, len(reasons), promises)
    if not reasons:
        return redirect(url_for("queue.listing", **list_arguments()))
    return came_back("queue.listing", *dict.fromkeys(reasons))


def _say(act: str, done: int, left: int, promises: list[Promise]) -> None:
    """Shows how many were done and how many were not, and when the SMS of answers go."""
    label = _(ACTS[act][1])
    if left:
        text = _("%(act)s : %(count)s. Laissés comme ils étaient : %(left)s.", act=label, count=done, left=left)
    else:
        text = _("%(act)s : %(count)s.", act=label, count=done)
    flash(f"{text} {promised_sms(promises)}" if promises else text)


def _one(here: Deployment, transaction: Transaction, log: UndoLog, row: str, act: str, promises: list[Promise]) -> str:
    """Acts on one row (its reference and the version that was seen). Returns the reason of a refusal, else nothing.

    If the act causes an SMS, it adds to `promises` when it goes.
    """
    reference, *version = row.split(" ", 1)
    try:
        chosen = seen_concern(transaction, reference)
    except ReferenceUnknown:
        return _("Un message n'est plus de votre ressort.")
    if version != [str(chosen.version)]:
        if act == "agenda" and chosen.state is ConcernState.ON_AGENDA:
            return ""  # done already, with another concern of the same item
        return _("Quelqu'un d'autre a modifié un message entre-temps.")
    touched = changed_by(transaction, chosen, act)
    before = log.mark()
    try:
        with transaction.begin_nested():
            log.remember(touched)
            take_up(transaction, chosen, g.administrator.email, here.now())
            promise = ACTS[act][0](here, transaction, chosen)
            transaction.flush()
    except ActRefused as why:
        log.back_to(before)
        return for_page(why)
    if promise:
        promises.append(promise)
    write_line(transaction, here.now(), g.administrator.email, f"concern_{act}", reference=reference)
    return ""


def _agenda(here: Deployment, transaction: Transaction, concern: Concern) -> None:
    to_agenda(here, transaction, concern, g.administrator.email)


def _reviewed(here: Deployment, transaction: Transaction, concern: Concern) -> None:
    reviewed(here, transaction, concern, g.administrator.email)


def _close(here: Deployment, transaction: Transaction, concern: Concern) -> Promise:
    return close(here, transaction, concern, g.administrator.email, request.form.get("answer", ""), UNDO_FOR)


def _aside(here: Deployment, transaction: Transaction, concern: Concern, why: SetAside) -> None:
    set_aside(here, transaction, concern, g.administrator.email, why)


ACTS: dict[str, tuple[Callable[[Deployment, Transaction, Concern], Promise | None], str]] = {
    "agenda": (_agenda, N_("Mis à l'ordre du jour")),
    "reviewed": (_reviewed, N_("Vérifiés")),
    "close": (_close, N_("Clos avec cette réponse")),
    "spam": (lambda here, transaction, concern: _aside(here, transaction, concern, SetAside.SPAM), N_("Écartés")),
    "test": (lambda here, transaction, concern: _aside(here, transaction, concern, SetAside.TEST), N_("Écartés")),
}
