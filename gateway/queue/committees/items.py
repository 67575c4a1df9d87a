"""The page of one agenda item, its letter, and the acts of a committee on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from gateway.committees.agenda_items import lock_item
from gateway.committees.concerns import ActRefused
from gateway.committees.one_concern.undo import UndoLog
from gateway.committees.regrouping import others_open
from gateway.documents.letter import referral_letter
from gateway.queue.access import may_read, seen_item, seen_version
from gateway.queue.blueprint import opened, queue
from gateway.queue.committees.files import drawn, file_response
from gateway.queue.committees.item_acts import ACTS
from gateway.queue.concerns.undoing import offer_undo
from gateway.queue.dates import age as age_in_words
from gateway.queue.forms.refilled import came_back
from gateway.queue.labels import page_titles
from gateway.queue.login import PageRefused, refused, signed_in
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import N_, _, ngettext
from storage.committees.agenda_items import DECISION, REFERRAL_REPLY, ages_of, item_history, open_concerns
from storage.committees.agendas import ranked
from storage.committees.competence import may_go_to
from storage.committees.titles import SUMMARY, TITLE
from storage.enumerations import ItemState
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem, Meeting

UNDOABLE = ("agenda", "close")
"""Acts on an item's messages. A committee's decision is not undone: another decision corrects it."""
UNKNOWN = N_("Point inconnu, ou hors de votre zone.")


@queue.get("/items/<id:id>")
@signed_in
def item(id: int) -> str:
    """One item with its messages and history. Reading it writes a line of audit."""
    here = deployment()
    with here.database.write() as transaction:
        item = seen_item(transaction, id)
        if item is None:
            raise PageRefused(_(UNKNOWN))
        write_line(transaction, here.now(), g.administrator.email, "item_seen", item=id)
        concerns = open_concerns(transaction, item)
        count, age = ages_of(transaction, item)
        shown = {
            "item": item,
            "ranked": ranked(item, concerns, here.now()),
            "committee": here.pack.committees[item.committee],
            "meeting": transaction.get_one(Meeting, _meeting_of(item)),
            "concerns": [concern for concern in concerns if g.access.sees(concern)],
            "events": item_history(transaction, item),
            "messages": _messages_over(count, age),
            **_regrouping(here, transaction, item),
        }
    return render_template(
        "queue/item.html",
        decision=opened(here, DECISION, item.decision_sealed),
        reply=opened(here, REFERRAL_REPLY, item.referral_reply_sealed),
        summary=opened(here, SUMMARY, item.summary_sealed),
        written_title=opened(here, TITLE, item.title_sealed),
        services=_services(here, item),
        sensitive=here.pack.categories[item.category].sensitive,
        **shown,
    )


def _may_join(here: Deployment, item: AgendaItem, other: AgendaItem) -> bool:
    """Whether the reader may read the other item, and it is as sensitive as this one."""
    categories = here.pack.categories
    return may_read(other) and categories[item.category].sensitive == categories[other.category].sensitive


def _meeting_of(item: AgendaItem) -> int:
    """The meeting that an open item is planned for; for any other item, the one that treated it."""
    return item.meeting_id if item.is_open else item.treated_at_id or item.meeting_id


def _regrouping(here: Deployment, transaction: Transaction, item: AgendaItem) -> dict[str, object]:
    """The item's title; for those who may act, also the items to merge with and the committees to give it to."""
    acts = g.rights.act and item.is_open
    others = [other for other in others_open(transaction, item) if _may_join(here, item, other)] if acts else []
    titles = page_titles(here.vault, here.pack).of_all(transaction, [item, *others])
    may_be_given = g.rights.act and item.state is not ItemState.CLOSED
    return {
        "title": titles[item.id],
        "others": [(other.id, titles[other.id]) for other in others],
        "receivers": may_go_to(transaction, here.pack, item) if may_be_given else [],
    }


def _services(here: Deployment, agenda_item: AgendaItem) -> list[tuple[str, str]]:
    """The local services that an item may be referred to, without those that its category excludes."""
    names = here.pack.first_language.services
    not_to = here.pack.categories[agenda_item.category].not_to
    return [(to, names[to]) for to in here.pack.local_services if to not in not_to]


@queue.get("/items/<id:id>/lettre.pdf")
@signed_in
def letter(id: int) -> Response:
    """The letter to the service that an item was referred to."""
    here = deployment()
    with here.database.write() as transaction:
        item = seen_item(transaction, id)
        if item is None:
            raise PageRefused(_(UNKNOWN))
        if item.referred_to not in here.pack.first_language.services:
            raise PageRefused(_("Ce point n'est transmis à aucun service."))
        contents = referral_letter(here, transaction, item)
        write_line(transaction, here.now(), g.administrator.email, "paper", item=id, paper="lettre.pdf")
    return file_response(*drawn("pdf", contents), f"lettre-{id}-{item.referred_to}.pdf")


def _messages_over(count: int, period: timedelta) -> str:
    """`4 messages en 3 semaines`; the number alone if they came within a day."""
    messages = ngettext("%(num)s message", "%(num)s messages", count)
    if count < 2 or period < timedelta(days=1):
        return messages
    return _("%(messages)s en %(period)s", messages=messages, period=age_in_words(period))


@queue.post("/items/<id:id>/<act>")
@signed_in
def item_act(id: int, act: str) -> AnyResponse:
    """Carries out the act of a form on an item, then leads back to the page that had the form."""
    if not g.rights.act:
        return refused(_("Votre rôle permet de lire, non d'agir."), 403)
    here = deployment()
    back: tuple[str, dict[str, Any]] = ("queue.item", {"id": id})
    try:
        with here.database.write() as transaction:
            seen = seen_item(transaction, id)
            if seen is None or act not in ACTS:
                raise PageRefused(_(UNKNOWN))
            if request.form.get("from") == "meeting":
                back = ("queue.meeting", {"code": seen.committee, "id": seen.meeting_id})
            held = lock_item(transaction, id, seen_version())
            log = UndoLog(transaction, g.administrator.email, f"item_{act}", here.now())
            log.remember(open_concerns(transaction, held) if act in UNDOABLE else ())
            flash(ACTS[act](here, transaction, held))
            if act in UNDOABLE:
                offer_undo(here, log.keep(), "", waits=act == "close" and log.sms_waits_for_undo())
            write_line(transaction, here.now(), g.administrator.email, f"item_{act}", item=id)
    except ActRefused as why:
        return came_back(back[0], why, **back[1])
    here.wake_worker()
    return redirect(url_for(back[0], **back[1]))
