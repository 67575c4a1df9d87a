"""The pages of the web queue: the list, one concern, and what may be done with it."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse

from config.outside import read_number
from flows.references import read_reference
from gateway.committees.concerns import ActRefused, close, correct, to_agenda
from gateway.data_protection.opened_texts import open_concern
from gateway.documents.document import UNREADABLE
from gateway.queue.blueprint import opened, queue
from gateway.queue.concerns.probes import ReferenceUnknown
from gateway.queue.labels import (
    promised_sms,
)
from gateway.queue.login import refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import PAGE, TEXT, Filter, by_reference, communes_heard, history
from storage.concerns.concerns import queue as concerns_page
from storage.enumerations import ConcernState
from storage.messages.alerts import alerts_of, undelivered_among
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern


@queue.get("/")
@signed_in
def listing() -> AnyResponse | str:
    here = deployment()
    if typed := request.args.get("reference", "").strip():
        if reference := read_reference(typed):
            return redirect(url_for("queue.concern", reference=reference))
        flash("Cette référence est mal écrite : elle est de la forme CCS-7K4R-M3XY.")
    narrowed = _filter()
    with here.database.write() as transaction:
        rows, count = concerns_page(transaction, g.access, narrowed)
        heard = communes_heard(transaction, g.access)
        silent = undelivered_among(transaction, [row.id for row in rows])
        write_line(
            transaction, here.now(), g.administrator.email, "concerns_listed",
            shown=len(rows), page=narrowed.page,
            commune=narrowed.commune if narrowed.commune in here.pack.areas else None,
            category=narrowed.category if narrowed.category in here.pack.categories else None,
        )  # fmt: skip
    shown = [(row, opened(here, TEXT, row.text_sealed)) for row in rows]
    communes = sorted((here.pack.areas[code] for code in heard if code in here.pack.areas), key=lambda area: area.name)
    return render_template(
        "queue/listing.html", rows=shown, silent=silent, count=count, narrowed=narrowed, communes=communes,
        last=max(1, -(-count // PAGE)), above=_areas_above(here),
    )  # fmt: skip


def _filter() -> Filter:
    """What cannot be read in the address is no filter: an old link still shows the queue."""
    state = request.args.get("state", "")
    return Filter(
        commune=request.args.get("commune") or None,
        category=request.args.get("category") or None,
        state=ConcernState(state) if state in set(ConcernState) else None,
        only_review=request.args.get("review") == "1",
        page=read_number(request.args.get("page", ""), 10**6) or 1,
    )


def _areas_above(here: Deployment) -> dict[str, str]:
    """For each commune the area right above it, so that two of one name can be told apart."""
    return {area.code: here.pack.areas[area.parent].name for area in here.pack.communes if area.parent}


@queue.get("/concerns/<reference>")
@signed_in
def concern(reference: str) -> str:
    here = deployment()
    with here.database.write() as transaction:
        chosen = _seen(transaction, reference)
        if chosen is None:
            raise ReferenceUnknown
        words = open_concern(here, transaction, chosen, g.administrator.email, UNREADABLE)
        item = transaction.get(AgendaItem, chosen.item_id) if chosen.item_id else None
        events, alerts = history(transaction, chosen), alerts_of(transaction, chosen)
        committee = transaction.get(Committee, chosen.committee) if chosen.committee else None
        meeting = transaction.get(Meeting, item.meeting_id) if item else None
    return render_template(
        "queue/concern.html",
        one=chosen,
        text=words.text,
        why=words.why,
        answer=words.answer,
        events=events,
        alerts=alerts,
        committee=committee,
        meeting=meeting,
        communes=sorted(here.pack.communes, key=lambda area: area.name),
        above=_areas_above(here),
    )


@queue.post("/concerns/<reference>/<act>")
@signed_in
def act(reference: str, act: str) -> AnyResponse:
    if not g.rights.act:
        return refused("Votre rôle permet de lire, non d'agir.", 403)
    here, stays_in_sight = deployment(), True
    try:
        with here.database.write() as transaction:
            chosen = _seen(transaction, reference)
            if chosen is None or act not in DO:
                raise ReferenceUnknown
            if request.form.get("version") != str(chosen.version):
                raise ActRefused("Quelqu'un d'autre vient de modifier ce message. Relisez-le, puis recommencez.")
            flash(DO[act](here, transaction, chosen))
            write_line(transaction, here.now(), g.administrator.email, f"concern_{act}", reference=chosen.reference)
            stays_in_sight = g.access.sees(chosen)
    except StaleDataError:
        flash("Quelqu'un d'autre vient de modifier ce message. Relisez-le, puis recommencez.")
    except ActRefused as why:
        flash(str(why))
    here.wake_worker()
    if not stays_in_sight:
        flash("Ce message n'est plus de votre ressort : un autre comité, ou d'autres droits, en ont la charge.")
        return redirect(url_for("queue.listing"))
    return redirect(url_for("queue.concern", reference=reference))


def _correct(here: Deployment, transaction: Transaction, concern: Concern) -> str:
    commune, category = request.form.get("commune", ""), request.form.get("category", "")
    if g.access.communes is not None and commune not in g.access.communes:
        raise ActRefused("Cette commune est hors de votre zone.")
    correct(here, transaction, concern, g.administrator.email, commune, category, request.form.get("urgency") or None)
    return "Corrigé."


def _to_agenda(here: Deployment, transaction: Transaction, concern: Concern) -> str:
    count = to_agenda(here, transaction, concern, g.administrator.email)
    return f"À l'ordre du jour, avec {count - 1} autre(s)." if count > 1 else "À l'ordre du jour."


def _close(here: Deployment, transaction: Transaction, concern: Concern) -> str:
    promise = close(here, transaction, concern, g.administrator.email, request.form.get("answer", ""))
    return f"Clos. {promised_sms([promise])}"


DO = {"correct": _correct, "agenda": _to_agenda, "close": _close}


def _seen(transaction: Transaction, reference: str) -> Concern | None:
    concern = by_reference(transaction, reference)
    return concern if concern and g.access.sees(concern) else None
