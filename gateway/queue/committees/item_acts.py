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
from gateway.queue.labels import on_day, promised_sms
from gateway.runtime.deployment import Deployment
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
    return f"À l'ordre du jour, {to_agenda(here, transaction, concerns[0], g.administrator.email)} message(s)."


def _take_off(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    take_off(here, transaction, held, g.administrator.email)
    return "Retiré de l'ordre du jour de cette réunion."


def _describe(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    title, summary = request.form.get("title", ""), request.form.get("summary", "")
    describe(here, transaction, held, g.administrator.email, title, summary)
    return "Titre et résumé enregistrés."


def _discuss(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    discuss(here, transaction, held, g.administrator.email, _said())
    return "Discuté. Le point reste à l'ordre du jour."


def _decide(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    decide(here, transaction, held, g.administrator.email, _said())
    return f"Décidé. Les citoyens concernés l'apprendront par SMS{_waits(here, transaction, held)}."


def _waits(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    """The day until which the SMS wait, as text, if the committee's budget is spent; else empty."""
    if spent_this_month(transaction, here.pack, held.committee, here.now()).allows(here.pack.sms_price):
        return ""
    return f" à partir du {on_day(next_month(here.pack, here.now()))} : le budget SMS du comité est épuisé"


def _refer(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    typed = request.form.get("until", "")
    try:
        until = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise ActRefused(Why.DEADLINE_FORM) from None
    refer(here, transaction, held, g.administrator.email, request.form.get("to", ""), until)
    return f"Transmis. Réponse attendue avant le {held.referred_until:%d/%m/%Y}. La lettre est prête sur cette page."


def _reply(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    note_reply(here, transaction, held, g.administrator.email, _said())
    return "Réponse du service notée. Répondez aux citoyens et closez le point s'il y a lieu."


def _recommend(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    recommendation = recommend(here, transaction, held, g.administrator.email, _said())
    return f"Recommandation {recommendation.number} transmise au niveau au-dessus."


def _postpone(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    later = put_off(here, transaction, held, g.administrator.email)
    zone = zone_of(here.pack, transaction.get_one(Committee, later.committee))
    return f"Reporté à la réunion du {later.starts_at.astimezone(zone):%d/%m/%Y}."


def _close(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    answer = _said() if _said().strip() else _ready_answer(here)
    return f"Clos. {promised_sms(close_item(here, transaction, held, g.administrator.email, answer, UNDO_FOR))}"


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
    return "Score enregistré."


def _split(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    part = split(here, transaction, held, g.administrator.email, request.form.getlist("reference"))
    return f"Divisé : les messages choisis forment le point {part.id}."


def _merge(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    typed = request.form.get("into", "")
    other = merge(here, transaction, held, g.administrator.email, int(typed) if typed.isdecimal() else 0)
    return f"Joint au point {other.id}, qui a maintenant tous les messages."


def _give(here: Deployment, transaction: Transaction, held: AgendaItem) -> str:
    to = give(here, transaction, held, g.administrator.email, request.form.get("to", ""))
    return f"Donné à {to.name}."


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
