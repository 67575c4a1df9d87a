"""The acts behind the forms of an item's page. Each runs in its caller's transaction and returns the text to show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import g, request
from sqlalchemy.orm import Session as Transaction

from gateway.committees.agenda_by_hand import describe, take_off
from gateway.committees.agenda_items import decide, discuss, put_off, refer, set_score
from gateway.committees.concerns import ActRefused, close_item, to_agenda
from gateway.committees.one_concern.undo import UNDO_FOR
from gateway.committees.recommendations import recommend
from gateway.committees.referrals import note_reply
from gateway.committees.regrouping import give, merge, split
from gateway.queue.dates import on_day
from gateway.queue.promises import promised_sms
from gateway.runtime.deployment import Deployment
from gateway.translations import _, ngettext
from storage.committees.agenda_items import open_concerns
from storage.committees.budgets import next_month, spent_this_month
from storage.committees.committees import zone_of
from storage.refusals import Why
from storage.tables.committees import AgendaItem, Committee


def _said() -> str:
    return request.form.get("said", "")


def _agenda(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    concerns = open_concerns(transaction, held)
    if not concerns:
        raise ActRefused(Why.ITEM_EMPTY)
    count = to_agenda(here, transaction, concerns[0], g.administrator.email)
    return ngettext("À l'ordre du jour, %(num)s message.", "À l'ordre du jour, %(num)s messages.", count)


def _take_off(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    take_off(here, transaction, held, g.administrator.email)
    return _("Retiré de l'ordre du jour de cette réunion.")


def _describe(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    title, summary = request.form.get("title", ""), request.form.get("summary", "")
    describe(here, transaction, held, g.administrator.email, title, summary)
    return _("Titre et résumé enregistrés.")


def _discuss(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    discuss(here, transaction, held, g.administrator.email, _said())
    return _("Discuté. Le point reste à l'ordre du jour.")


def _decide(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    decide(here, transaction, held, g.administrator.email, _said())
    if day := _waits(here, transaction, held):
        return _(
            "Décidé. Les citoyens concernés l'apprendront par SMS à partir du %(day)s : "
            "le budget SMS du comité est épuisé.",
            day=day,
        )
    return _("Décidé. Les citoyens concernés l'apprendront par SMS.")


def _waits(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    """The day until which the SMS wait, if the committee's budget is spent; else empty."""
    if spent_this_month(transaction, here.pack, held.committee, here.now()).allows(here.pack.sms_price):
        return ""
    return on_day(next_month(here.pack, here.now()))


def _refer(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    typed = request.form.get("until", "")
    try:
        until = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise ActRefused(Why.DEADLINE_FORM) from None
    refer(here, transaction, held, g.administrator.email, request.form.get("to", ""), until)
    day = f"{held.referred_until:%d/%m/%Y}"
    return _("Transmis. Réponse attendue avant le %(day)s. La lettre est prête sur cette page.", day=day)


def _reply(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    note_reply(here, transaction, held, g.administrator.email, _said())
    return _("Réponse du service notée. Répondez aux citoyens et closez le point s'il y a lieu.")


def _recommend(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    recommendation = recommend(here, transaction, held, g.administrator.email, _said())
    return _("Recommandation %(number)s transmise au niveau au-dessus.", number=recommendation.number)


def _postpone(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    later = put_off(here, transaction, held, g.administrator.email)
    zone = zone_of(here.pack, transaction.get_one(Committee, later.committee))
    return _("Reporté à la réunion du %(day)s.", day=f"{later.starts_at.astimezone(zone):%d/%m/%Y}")


def _close(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    answer = _said() if _said().strip() else _ready_answer(here)
    promises = close_item(here, transaction, held, g.administrator.email, answer, UNDO_FOR)
    return _("Clos. %(sms)s", sms=promised_sms(promises))


def _ready_answer(here: Deployment) -> str:
    """The ready answer that was chosen; empty if the pack has no such answer. A written answer goes instead."""
    ready = [answer for language in here.pack.languages.values() for answer in language.ready_answers.values()]
    chosen = request.form.get("ready", "")
    return chosen if chosen in ready else ""


def _score(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    if not g.rights.manage:
        raise ActRefused(Why.ADMINISTRATORS_ONLY)
    set_score(
        here, transaction, held, g.administrator.email, request.form.get("score", ""), request.form.get("reason", "")
    )
    return _("Score enregistré.")


def _split(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    part = split(here, transaction, held, g.administrator.email, request.form.getlist("reference"))
    return _("Divisé : les messages choisis forment le point %(number)s.", number=part.id)


def _merge(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    typed = request.form.get("into", "")
    other = merge(here, transaction, held, g.administrator.email, int(typed) if typed.isdecimal() else 0)
    return _("Joint au point %(number)s, qui a maintenant tous les messages.", number=other.id)


def _give(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    to = give(here, transaction, held, g.administrator.email, request.form.get("to", ""))
    return _("Donné à %(committee)s.", committee=to.name)


ACTS: dict[str, Callable[[Deployment, Transaction, AgendaItem], str]] = {
    "agenda": _agenda,
    "take_off": _take_off,
    "describe": _describe,
    "discuss": _discuss,
    "decide": _decide,
    "refer": _refer,
    "reply": _reply,
    "recommend": _recommend,
    "postpone": _postpone,
    "close": _close,
    "score": _score,
    "split": _split,
    "merge": _merge,
    "give": _give,
}
"""The acts by the last part of their address."""
