"""Notifications to citizens about their concern: each important change, at most once a week, in their language."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.language import Language
from config.pack import Pack
from flows.screen import count_segments, to_gsm
from gateway.outbound.state_wording import state_about
from gateway.runtime.deployment import Deployment
from storage.committees.budgets import OVER_BUDGET, next_month, spent_this_month
from storage.committees.quiet_hours import after_quiet, is_quiet, local_time
from storage.concerns.concerns import ANSWER
from storage.enumerations import ConcernState
from storage.messages.answer_limits import why_held
from storage.messages.outbound import OutboundSms, queue_message
from storage.paced_writes import write_slices
from storage.people.open_questions import NEWS_KEY, next_closed
from storage.safety.vault import VaultError
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

SETTLES = timedelta(hours=1)
"""How long a change waits before it is sent: changes within the hour go into the same SMS."""
AT_MOST_EVERY = timedelta(days=7)
ANSWERS_WITHIN = timedelta(days=14)
"""How long a `1` or `2` counts as the verdict about the answer."""
AGAIN_AFTER = timedelta(hours=1)
"""When to try again an answer that cannot be decrypted: its key may be back."""
MOST_PARTS = 3
BATCH = 200

log = logging.getLogger(__name__)


class Goes(StrEnum):
    """When a citizen gets the SMS about the outcome of their concern."""

    NOW = "now"
    SOON = "soon"
    """As soon as the act that causes the SMS can no longer be undone."""
    WHEN_NIGHT_IS_OVER = "when_night_is_over"
    """When the quiet hours end."""
    WHEN_BUDGET_ALLOWS = "when_budget_allows"
    WHEN_WEEK_IS_OVER = "when_week_is_over"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Promise:
    """What may be promised about that SMS: when it goes, and `until` when it waits, in its committee's time zone."""

    goes: Goes
    until: datetime | None = None


def promised(deployment: Deployment, transaction: Transaction, concern: Concern, message: Message | None) -> Promise:
    """Returns when the SMS goes that was queued for a concern's citizen; `message` is None if none was queued."""
    if message is None:
        return Promise(Goes.NEVER)
    if message.reason != OVER_BUDGET:
        return Promise(Goes.NOW)
    pack, committee = deployment.pack, _committee_of(transaction, concern)
    return _waits(pack, committee, Goes.WHEN_BUDGET_ALLOWS, next_month(pack, deployment.now()))


def foreseen(
    deployment: Deployment,
    transaction: Transaction,
    concern: Concern,
    contact: Contact | None,
    parts: int,
    wait: timedelta = timedelta(),
    is_question: bool = False,
) -> Promise:
    """Returns when an answer of `parts` SMS parts would go to a concern's citizen if it were given now.

    `wait` is the time in which its act can be undone. A question is not limited to one SMS a week.
    """
    pack, now, committee = deployment.pack, deployment.now(), _committee_of(transaction, concern)
    if contact is None or contact.msisdn_sealed is None or contact.muted_at:
        return Promise(Goes.NEVER)
    price = pack.price(parts).amount
    if why_held(transaction, deployment.vault, pack, contact, None, price, now):
        return Promise(Goes.NEVER)
    soonest = now + wait
    after_week = soonest if is_question else _not_twice_a_week(concern, soonest)
    if after_week > soonest:
        return _waits(pack, committee, Goes.WHEN_WEEK_IS_OVER, after_week)
    if concern.committee and not spent_this_month(transaction, pack, concern.committee, now).allows(price):
        return _waits(pack, committee, Goes.WHEN_BUDGET_ALLOWS, next_month(pack, now))
    if is_quiet(pack, committee, soonest):
        return _waits(pack, committee, Goes.WHEN_NIGHT_IS_OVER, soonest)
    return Promise(Goes.SOON) if wait else Promise(Goes.NOW)


def _waits(pack: Pack, committee: Committee | None, goes: Goes, until: datetime) -> Promise:
    return Promise(goes, local_time(pack, committee, after_quiet(pack, committee, until)))


def _not_twice_a_week(concern: Concern, moment: datetime) -> datetime:
    return max(moment, concern.told_at + AT_MOST_EVERY) if concern.told_at else moment


def _committee_of(transaction: Transaction, concern: Concern) -> Committee | None:
    return transaction.get_one(Committee, concern.committee) if concern.committee else None


def notify_when_settled(
    deployment: Deployment, transaction: Transaction, concern: Concern, wait: timedelta = timedelta()
) -> None:
    """Schedules a notification for this concern's citizen.

    A final answer goes at once, or after `wait` while its act can be undone. At most one SMS goes in a week, and none
    in quiet hours: nobody has just asked for it.
    """
    if concern.contact_id is None:
        return
    soonest = deployment.now() + (wait if concern.state is ConcernState.CLOSED else SETTLES)
    committee = _committee_of(transaction, concern)
    concern.news_due_at = after_quiet(deployment.pack, committee, _not_twice_a_week(concern, soonest))


def notify_if_due(deployment: Deployment, transaction: Transaction, concern: Concern) -> Message | None:
    """Queues the notification for this concern's citizen, if it is due; returns the message, if there is one.

    In quiet hours it becomes due when they end. Only then its text is made and the SMS queued, so that a concern that
    was reopened in the night sends no answer.
    """
    now = deployment.now()
    if concern.news_due_at is None or concern.news_due_at > now:
        return None
    may_go = after_quiet(deployment.pack, _committee_of(transaction, concern), now)
    if may_go > now:
        concern.news_due_at = may_go
        return None
    concern.news_due_at = None
    contact = transaction.get(Contact, concern.contact_id) if concern.contact_id else None
    if contact is None or concern.state is ConcernState.RECEIVED:
        return None
    try:
        text = notification_text(deployment, transaction, concern, contact)
    except VaultError:
        log.error("an answer cannot be opened: SECRET_KEYS lacks the key it was sealed with")
        concern.news_due_at = now + AGAIN_AFTER
        return None
    key = f"{NEWS_KEY}:{concern.id}:{now:%Y%m%d%H%M%S}"
    sms = OutboundSms(key, contact, text, concern_id=concern.id, committee=concern.committee, others_words=True)
    message = queue_message(transaction, deployment.vault, deployment.pack, sms, now)
    if message is not None:
        concern.told_at = now
    return message


def notification_text(deployment: Deployment, transaction: Transaction, concern: Concern, contact: Contact) -> str:
    """Returns the SMS about a concern's state, in the language of its citizen. Raises `VaultError`."""
    language = spoken_with(deployment, concern, contact)
    answer = deployment.vault.open(ANSWER, concern.answer_sealed) if concern.answer_sealed else ""
    if concern.state is ConcernState.CLOSED:
        return closing_text(language, concern.reference, answer)
    about = state_about(deployment, transaction, concern)
    values = {"about": language.services.get(about, about)} if about else {"answer": answer}
    return language.say(f"news.{concern.state}", reference=concern.reference, **values)


def closing_text(language: Language, reference: str, answer: str) -> str:
    """The answer, followed by the question whether it satisfies, if three SMS parts leave room for it."""
    text = language.say("sms.closed", reference=reference, answer=answer)
    asked = f"{text} {language.say('sms.satisfied')}"
    return asked if count_segments(to_gsm(asked)) <= MOST_PARTS else text


def spoken_with(deployment: Deployment, concern: Concern, contact: Contact | None) -> Language:
    """Returns the language that this person chose last, otherwise the one in which they wrote."""
    return deployment.pack.language((contact.language if contact else None) or concern.spoken or concern.language)


def take_satisfaction(transaction: Transaction, contact: Contact, typed: str, now: datetime) -> bool:
    """Stores a `1` or `2` as this person's verdict about an answer; returns whether it was a verdict."""
    asked_at = contact.satisfied_asked_at
    if typed not in ("1", "2") or contact.satisfied_asked_for is None or asked_at is None:
        return False
    if asked_at < now - ANSWERS_WITHIN:
        return False
    concern = transaction.get(Concern, contact.satisfied_asked_for)
    if concern is not None:
        concern.satisfied = typed == "1"
        transaction.flush()
    contact.satisfied_asked_for, contact.satisfied_asked_at = next_closed(transaction, contact, now - ANSWERS_WITHIN)
    return concern is not None


def send_due_notifications(deployment: Deployment) -> int:
    """Queues all notifications that are due, in short transactions; returns the number of SMS."""
    notified = 0

    def begin(transaction: Transaction) -> Callable[[int], None]:
        def notify(id: int) -> None:
            nonlocal notified
            if (concern := transaction.get(Concern, id, with_for_update=True)) is not None:
                notified += notify_if_due(deployment, transaction, concern) is not None

        return notify

    while True:
        with deployment.database.read() as transaction:
            due = select(Concern.id).where(Concern.news_due_at <= deployment.now()).order_by(Concern.id).limit(BATCH)
            ids = transaction.scalars(due).all()
        if not ids:
            return notified
        write_slices(deployment.database, ids, begin)
