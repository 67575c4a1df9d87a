"""The register of recommendations: which level owes an answer and since when, and the acts of that level."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.concerns import ActRefused
from gateway.committees.recommendations import ACTS, lock_recommendation
from gateway.queue.access import may_see_recommendation, seen_committee, seen_committees, seen_version
from gateway.queue.blueprint import opened, queue
from gateway.queue.forms.refilled import came_back
from gateway.queue.labels import page_titles
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.translations import N_, _
from storage.committees.recommendations import REPLY, STEP, TEXT, items_of, register, steps_of
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Committee, Recommendation

DONE = {
    "accept": N_("Acceptée : la réponse reste due."),
    "pass_on": N_("Transmise au niveau au-dessus."),
    "answer": N_("Répondu. La réponse descend aux comités et aux citoyens."),
    "decline": N_("Déclinée. La raison descend, et le comité l'a de nouveau devant lui."),
}


@queue.get("/recommendations")
@signed_in
def recommendations() -> str:
    """The register: what the committees in view made or hold, newest first."""
    here = deployment()
    waiting = request.args.get("waiting") == "1"
    with here.database.read() as transaction:
        committees = transaction.scalars(select(Committee)).all()
        rows = register(transaction, seen_committees(), waiting)
        items = items_of(transaction, rows)  # keeps the rows loaded, so that reading one needs no query
        titles = page_titles(here.vault, here.pack).of_all(transaction, items)
        visible = [row for row in rows if may_see_recommendation(transaction, row)]
        names = {committee.code: committee.name for committee in committees}
    return render_template(
        "queue/recommendations.html",
        rows=visible,
        names=names,
        titles=titles,
        waiting=waiting,
        now=here.now(),
        days=here.pack.recommendation_days,
    )


@queue.get("/recommendations/<number>")
@signed_in
def recommendation(number: str) -> str:
    """One recommendation with its steps. Reading it writes a line of audit."""
    here = deployment()
    with here.database.write() as transaction:
        committees = transaction.scalars(select(Committee)).all()  # stay loaded: reading one needs no query
        chosen = _seen(transaction, number)
        if chosen is None:
            raise PageRefused(_("Recommandation inconnue, ou hors de votre zone."))
        write_line(transaction, here.now(), g.administrator.email, "recommendation_seen", number=number)
        names = {committee.code: committee.name for committee in committees}
        steps, item = steps_of(transaction, chosen), transaction.get_one(AgendaItem, chosen.item_id)
        title = page_titles(here.vault, here.pack).of_all(transaction, [item])[item.id]
        mine = seen_committee(transaction, chosen.holder) is not None
        top = transaction.get_one(Committee, chosen.holder).above is None
    return render_template(
        "queue/recommendation.html",
        recommendation=chosen,
        names=names,
        text=opened(here, TEXT, chosen.text_sealed),
        reply=opened(here, REPLY, chosen.reply_sealed),
        way=[(step, opened(here, STEP, step.text_sealed)) for step in steps],
        item=item,
        title=title,
        mine=mine,
        top=top,
    )


@queue.post("/recommendations/<number>/<act>")
@signed_in
def recommendation_act(number: str, act: str) -> AnyResponse:
    """Carries out an act on a recommendation. Only people of the level that holds it may do so."""
    if not g.rights.act:
        return refused(_("Votre rôle permet de lire, non d'agir."), 403)
    here = deployment()
    try:
        with here.database.write() as transaction:
            chosen = _seen(transaction, number)
            if chosen is None or act not in ACTS or seen_committee(transaction, chosen.holder) is None:
                raise PageRefused(_("Recommandation inconnue, ou à un autre niveau."))
            held = lock_recommendation(transaction, number, seen_version())
            ACTS[act](here, transaction, held, g.administrator.email, request.form.get("said", ""))
            write_line(transaction, here.now(), g.administrator.email, f"recommendation_{act}", number=number)
            flash(_(DONE[act]))
    except ActRefused as why:
        return came_back("queue.recommendation", why, number=number)
    here.wake_worker()
    return redirect(url_for("queue.recommendation", number=number))


def _seen(transaction: Transaction, number: str) -> Recommendation | None:
    recommendation = transaction.scalars(select(Recommendation).where(Recommendation.number == number)).first()
    return recommendation if recommendation and may_see_recommendation(transaction, recommendation) else None
