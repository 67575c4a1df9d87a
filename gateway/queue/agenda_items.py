"""One agenda item in the web queue, and what a committee makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.agenda_items import decide, discuss, lock_item, put_off, refer, set_score
from gateway.committees.concerns import ActRefused, close_item, to_agenda
from gateway.committees.recommendations import recommend
from gateway.queue.access import seen_item, seen_version
from gateway.queue.blueprint import opened, queue
from gateway.queue.labels import on_day, promised_sms
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, item_history, open_concerns
from storage.committees.agendas import agenda
from storage.committees.budgets import next_month, spent_this_month
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Committee, Meeting

UNKNOWN = "Point inconnu, ou hors de votre zone."


@queue.get("/items/<id:id>")
@signed_in
def item(id: int) -> str:
    here = deployment()
    with here.database.write() as transaction:
        item = seen_item(transaction, id)
        if item is None:
            raise PageRefused(UNKNOWN)
        write_line(transaction, here.now(), g.administrator.email, "item_seen", item=id)
        ranked = next((ranked for ranked in agenda(transaction, item.committee, here.now()) if ranked.id == id), None)
        committee = transaction.get_one(Committee, item.committee)
        meeting = transaction.get_one(Meeting, item.treated_at_id or item.meeting_id)
        concerns = [concern for concern in open_concerns(transaction, item) if g.access.sees(concern)]
        events = item_history(transaction, item)
    return render_template(
        "queue/item.html",
        one=item,
        ranked=ranked,
        committee=committee,
        meeting=meeting,
        concerns=concerns,
        decision=opened(here, DECISION, item.decision_sealed),
        events=events,
        services=_services(here, item),
    )


def _services(here: Deployment, agenda_item: AgendaItem) -> list[tuple[str, str]]:
    """Whom it may be referred to: no level of committees, and not those whom it may concern."""
    names = here.pack.first_language.services
    not_to = here.pack.categories[agenda_item.category].not_to
    return [(to, names[to]) for to in here.pack.local_services if to not in not_to]


@queue.post("/items/<id:id>/<act>")
@signed_in
def item_act(id: int, act: str) -> AnyResponse:
    if not g.rights.act:
        return refused("Votre rôle permet de lire, non d'agir.", 403)
    here = deployment()
    try:
        with here.database.write() as transaction:
            if seen_item(transaction, id) is None or act not in ACTS:
                raise PageRefused(UNKNOWN)
            held = lock_item(transaction, id, seen_version())
            flash(ACTS[act](here, transaction, held))
            write_line(transaction, here.now(), g.administrator.email, f"item_{act}", item=id)
    except ActRefused as why:
        flash(str(why))
    here.wake_worker()
    return redirect(url_for("queue.item", id=id))


def _agenda(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    concerns = open_concerns(transaction, held)
    if not concerns:
        raise ActRefused("Ce point n'a plus de message ouvert.")
    return f"À l'ordre du jour, {to_agenda(here, transaction, concerns[0], g.administrator.email)} message(s)."


def _discuss(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    discuss(here, transaction, held, g.administrator.email, request.form.get("said", ""))
    return "Discuté. Le point reste à l'ordre du jour."


def _decide(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    decide(here, transaction, held, g.administrator.email, request.form.get("said", ""))
    return f"Décidé. Les citoyens concernés l'apprendront par SMS{_waits(here, transaction, held)}."


def _waits(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    """Until when the committee's budget keeps its SMS back, if it does."""
    if spent_this_month(transaction, here.pack, held.committee, here.now()).allows(here.pack.sms_price):
        return ""
    return f" à partir du {on_day(next_month(here.pack, here.now()))} : le budget SMS du comité est épuisé"


def _refer(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    typed = request.form.get("until", "")
    try:
        until = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise ActRefused("Le délai s'écrit AAAA-MM-JJ.") from None
    refer(here, transaction, held, g.administrator.email, request.form.get("to", ""), until)
    return f"Transmis. Réponse attendue avant le {held.referred_until:%d/%m/%Y}."


def _recommend(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    recommendation = recommend(here, transaction, held, g.administrator.email, request.form.get("said", ""))
    return f"Recommandation {recommendation.number} transmise au niveau au-dessus."


def _postpone(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    later = put_off(here, transaction, held, g.administrator.email)
    return f"Reporté à la réunion du {later.starts_at:%d/%m/%Y}."


def _close(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    answer = request.form.get("said", "")
    return f"Clos. {promised_sms(close_item(here, transaction, held, g.administrator.email, answer))}"


def _score(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    if not g.rights.manage:
        raise ActRefused("Réservé aux administrateurs.")
    set_score(
        here, transaction, held, g.administrator.email, request.form.get("score", ""), request.form.get("reason", "")
    )
    return "Score enregistré."


ACTS: dict[str, Callable[[Deployment, Transaction, AgendaItem], str]] = {
    "agenda": _agenda,
    "discuss": _discuss,
    "decide": _decide,
    "refer": _refer,
    "recommend": _recommend,
    "postpone": _postpone,
    "close": _close,
    "score": _score,
}
