"""What a committee does with an agenda item: discuss, decide, refer or postpone it, or change its score."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session as Transaction

from config.outside import read_number
from gateway.committees.concerns import ActRefused, words_for_citizens
from gateway.committees.meetings import tell_postponed
from gateway.outbound.citizen_notifications import notify_when_settled
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, TREATED, locked_item, open_concerns, record_item, set_state
from storage.committees.committees import meeting_after
from storage.concerns.concerns import ANSWER, record
from storage.enumerations import ConcernState, ItemState
from storage.refusals import Why
from storage.tables.committees import AgendaItem, Committee, Meeting

LONGEST_DECISION = 400
"""Characters; an SMS of three parts to a citizen holds so many."""


def lock_item(transaction: Transaction, id: int, version: int | None = None) -> AgendaItem:
    """Locks an item for one act and returns it. `version` is the one that the person has seen.

    Raises `ActRefused` if the item is closed, or if somebody has changed it since.
    """
    item = locked_item(transaction, id)
    if item is None or item.state is ItemState.CLOSED or (version is not None and item.version != version):
        raise ActRefused(Why.ITEM_GONE)
    return item


def discuss(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, text: str = "") -> None:
    """Records that an item was discussed without an outcome: it stays for the next meeting. Raises `ActRefused`."""
    _treat(deployment, transaction, item, ItemState.DISCUSSED, _told(deployment, text))
    _move(deployment, transaction, item, ConcernState.DISCUSSED, actor)
    record_item(transaction, item, deployment.now(), actor, "discussed")


def decide(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, decision: str) -> None:
    """Records a decision of the committee and notifies the citizens. Raises `ActRefused`.

    The item is closed later, when the decision has been carried out.
    """
    _treat(
        deployment,
        transaction,
        item,
        ItemState.DECIDED,
        _told(deployment, words_for_citizens(deployment.pack, decision)),
    )
    _move(deployment, transaction, item, ConcernState.DISCUSSED, actor)
    record_item(transaction, item, deployment.now(), actor, "decided")


def refer(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, to: str, until: date | None = None
) -> None:
    """Refers an item to a local service, which has to reply by `until`. Raises `ActRefused`.

    Without `until` the pack's `referral_days` count from today.
    """
    pack, today = deployment.pack, deployment.now().astimezone(deployment.pack.time_zone).date()
    if to not in pack.local_services:
        raise ActRefused(Why.SERVICE_UNKNOWN)
    if to in pack.categories[item.category].not_to:
        raise ActRefused(Why.SERVICE_CONCERNED)
    if until is not None and until <= today:
        raise ActRefused(Why.DEADLINE_PAST)
    set_state(item, ItemState.REFERRED)
    item.referred_to, item.referred_until = to, until or today + timedelta(days=pack.referral_days)
    item.reminded_at = item.referral_reply_sealed = item.referral_replied_at = None
    for concern in open_concerns(transaction, item):
        concern.passed_to = to
    _move(deployment, transaction, item, ConcernState.PASSED_ON, actor, to=to)
    record_item(transaction, item, deployment.now(), actor, "referred", to=to, until=item.referred_until.isoformat())


def put_off(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str) -> Meeting:
    """Moves an item to the next meeting. Citizens who were told the old date are told the new one.

    Raises `ActRefused` if the item has been treated.
    """
    if item.state in TREATED:
        raise ActRefused(Why.ITEM_GONE)
    committee = transaction.get_one(Committee, item.committee)
    later = meeting_after(transaction, deployment.pack, committee, transaction.get_one(Meeting, item.meeting_id))
    item.meeting_id, item.came_back, item.position = later.id, item.came_back + 1, None
    tell_postponed(deployment, transaction, item)
    record_item(transaction, item, deployment.now(), actor, "postponed")
    return later


def set_score(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, typed: str, reason: str
) -> None:
    """Sets a score by hand with its reason, or returns to the computed score if `typed` is empty.

    Raises `ActRefused` if the score is not a number from 0 to 999, or if the reason is missing.
    """
    reason = " ".join(reason.split())
    if not typed.strip():
        item.score_set, item.score_reason = None, None
    elif (score := read_number(typed, 999)) is None:
        raise ActRefused(Why.SCORE_NUMBER)
    elif not reason:
        raise ActRefused(Why.SCORE_REASON)
    else:
        item.score_set, item.score_reason = score, reason[:200]
    record_item(transaction, item, deployment.now(), actor, "score_set", score=item.score_set)


def _told(deployment: Deployment, text: str) -> str:
    if len(text) > LONGEST_DECISION:
        raise ActRefused(Why.DECISION_TOO_LONG, is_about_the_answer=True, most=LONGEST_DECISION)
    return words_for_citizens(deployment.pack, text) if text.strip() else ""


def _treat(deployment: Deployment, transaction: Transaction, item: AgendaItem, state: ItemState, text: str) -> None:
    set_state(item, state)
    item.treated_at_id = item.meeting_id
    if text:
        item.decision_sealed = deployment.vault.seal(DECISION, text)
    for concern in open_concerns(transaction, item):
        concern.answer_sealed = deployment.vault.seal(ANSWER, text) if text else concern.answer_sealed


def _move(
    deployment: Deployment, transaction: Transaction, item: AgendaItem, state: ConcernState, actor: str, **detail: str
) -> None:
    now = deployment.now()
    for concern in open_concerns(transaction, item):
        concern.state = state
        record(transaction, concern, now, actor, state.value, **detail)
        notify_when_settled(deployment, transaction, concern)
