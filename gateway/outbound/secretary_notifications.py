"""SMS to the secretaries of a committee other than digests: in their language, once, not in quiet hours."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session as Transaction

from flows.committees.digest import day
from flows.screen import shorten, to_gsm
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import first_reference, overdue_referrals, record_item
from storage.committees.committees import secretaries_of
from storage.committees.recommendations import overdue
from storage.enumerations import Priority
from storage.messages.outbound import OutboundSms, queue_message
from storage.tables.committees import Committee

LONGEST = 459
"""Septets of three SMS parts."""


def notify_secretaries(
    deployment: Deployment,
    transaction: Transaction,
    to: Committee,
    key: str,
    text: str,
    but_for: int | None = None,
    /,
    **values: object,
) -> int:
    """Queues one SMS to each secretary of a committee except the contact `but_for`; returns how many.

    `text` is the key of the text in the pack. Each SMS is queued once for each `key`.
    """
    now, pack = deployment.now(), deployment.pack
    notified = 0
    for secretary in secretaries_of(transaction, to.code):
        if secretary.id == but_for:
            continue
        wording = shorten(to_gsm(pack.language(secretary.language or to.language).say(text, **values)), LONGEST)
        sms = OutboundSms(
            f"{key}:{secretary.id}", secretary, wording, committee=to.code, priority=Priority.NOTICE, others_words=True,
        )  # fmt: skip
        notified += queue_message(transaction, deployment.vault, pack, sms, now) is not None
    return notified


def send_reminders(deployment: Deployment) -> int:
    """Reminds secretaries once of each overdue referral and of each recommendation that a level holds too long.

    Returns the number of SMS.
    """
    now, pack = deployment.now(), deployment.pack
    today = now.astimezone(pack.time_zone).date()
    late = now - timedelta(days=pack.recommendation_days)
    with deployment.database.read() as transaction:
        if not overdue_referrals(transaction, today, 1) and not overdue(transaction, late, 1):
            return 0
    notified = 0
    with deployment.database.write() as transaction:
        for item in overdue_referrals(transaction, today):
            item.reminded_at = now
            reference = first_reference(transaction, item).removeprefix("CCS-")
            service = pack.first_language.services.get(item.referred_to or "", "?")
            until = item.referred_until or today
            record_item(transaction, item, now, "timetable", "reminded", to=item.referred_to)
            committee, key = transaction.get_one(Committee, item.committee), f"referral:{item.id}:{until}"
            about = {"reference": reference, "to": service, "date": day(until)}
            notified += notify_secretaries(deployment, transaction, committee, key, "referral.overdue", **about)
        for recommendation in overdue(transaction, late):
            recommendation.reminded_at = now
            holder, key = (
                transaction.get_one(Committee, recommendation.holder),
                f"recommendation:{recommendation.number}:{recommendation.holder}:late",
            )
            since = day(recommendation.held_since.astimezone(pack.time_zone).date())
            notified += notify_secretaries(
                deployment, transaction, holder, key, "recommendation.overdue", number=recommendation.number, date=since
            )
    return notified
