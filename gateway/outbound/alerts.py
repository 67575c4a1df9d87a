"""Alerts of emergencies: each competent committee gets one, which is followed until a phone has received it.

Code that makes a concern an emergency before a committee calls `alert`. The alert goes to all secretaries of the
committee; if none of their phones has it, to the duty number of the region, then to that of the country. The SMS holds
a reference and a place, but no citizen's words and no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.orm import Session as Transaction

from config.pack import Pack
from flows.triage import Urgency
from gateway.outbound.alert_progress import has_it, is_in_trouble, may_begin_again
from gateway.outbound.alert_texts import alert_text
from gateway.runtime.deployment import Deployment
from storage.committees.committees import secretaries_of
from storage.concerns.concerns import record
from storage.enumerations import AlertKind, AlertStage, ConcernState, Priority
from storage.messages.alerts import (
    FOLLOWED_FOR,
    SINGLY,
    WITHIN,
    concerns_of,
    count_single_alerts,
    duty_contacts,
    last_joined_at,
    locked_alert,
    messages_of,
    open_alert,
    open_alerts,
    open_emergencies,
    owe_alert,
    some_are_open,
    waiting_to_be_joined,
)
from storage.messages.outbound import OutboundSms, queue_message
from storage.tables.alerts import Alert, AlertedConcern
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.people import Contact

JOINED_EVERY = timedelta(minutes=10)
"""Further emergencies of one number are joined in one alert, at most this often: many people may share a phone."""
MANY_EMERGENCIES = "many_emergencies"
"""The reason that marks an emergency as one of many from a number that is not stored."""


def alert(deployment: Deployment, transaction: Transaction, concern: Concern) -> None:
    """Alerts the competent committee of an emergency, once; the duty number if nobody there can be alerted."""
    now = deployment.now()
    owed, new = owe_alert(transaction, concern, now)
    if not new:
        return
    if _comes_often(transaction, concern, now):
        join_waiting(deployment, transaction)
        return
    send_next(
        deployment,
        transaction,
        open_alert(transaction, [owed], AlertKind.SINGLE, region_behind(deployment.pack, concern), now),
    )


def alert_if_emergency(deployment: Deployment, transaction: Transaction, concern: Concern) -> None:
    """Calls `alert` for a concern that was just changed or placed, if it is an emergency and not closed."""
    if concern.urgency == Urgency.EMERGENCY and concern.state is not ConcernState.CLOSED:
        alert(deployment, transaction, concern)


def hand_over(deployment: Deployment, transaction: Transaction, concerns: Iterable[Concern]) -> int:
    """Tells each committee in one SMS of the open emergencies that it has just received; returns how many these are.

    Used when a committee is installed, or takes over from one that was closed. Covers the last seven days.
    """
    now = deployment.now()
    urgent = [
        concern
        for concern in concerns
        if concern.urgency == Urgency.EMERGENCY
        and concern.state is not ConcernState.CLOSED
        and concern.received_at > now - FOLLOWED_FOR
    ]
    by_committee = sorted(urgent, key=lambda concern: concern.committee or "")
    for _, group in groupby(by_committee, key=lambda concern: concern.committee):
        handed = list(group)
        owed = [owe_alert(transaction, concern, now)[0] for concern in handed]
        before = region_behind(deployment.pack, handed[0])
        send_next(deployment, transaction, open_alert(transaction, owed, AlertKind.HANDOVER, before, now))
    return len(urgent)


def hand_over_to(deployment: Deployment, transaction: Transaction, committee: str) -> int:
    """Tells one committee of its open emergencies, after it was installed or got its first secretary."""
    return hand_over(deployment, transaction, open_emergencies(transaction, committee, deployment.now() - FOLLOWED_FOR))


def join_waiting(deployment: Deployment, transaction: Transaction) -> None:
    """Sends the emergencies that wait to be joined, one alert for each number and committee, unless one went lately."""
    now = deployment.now()

    def whose(row: tuple[AlertedConcern, Concern]) -> tuple[str, int]:
        owed, concern = row
        return owed.committee, concern.contact_id or 0

    for (committee, contact_id), group in groupby(sorted(waiting_to_be_joined(transaction), key=whose), key=whose):
        rows = list(group)
        last = last_joined_at(transaction, contact_id or None, committee)
        if last and last > now - JOINED_EVERY:
            continue
        before = region_behind(deployment.pack, rows[0][1])
        send_next(
            deployment, transaction, open_alert(transaction, [owed for owed, _ in rows], AlertKind.JOINED, before, now)
        )


def follow_up(deployment: Deployment, without_receipts: frozenset[str]) -> None:
    """Checks every alert that no phone has yet, and sends the emergencies that wait to be joined."""
    with deployment.database.read() as transaction:
        if not some_are_open(transaction, deployment.now()):
            return
        ids = [due.id for due in open_alerts(transaction, deployment.now())]
    with deployment.database.write() as transaction:
        join_waiting(deployment, transaction)
    for id in ids:
        with deployment.database.write() as transaction:
            pursue(deployment, transaction, id, without_receipts)


def pursue(
    deployment: Deployment, transaction: Transaction, id: int, without_receipts: frozenset[str] = frozenset()
) -> None:
    """Settles an alert that a phone has; passes it to the next person if none of those tried so far has it.

    `without_receipts` names the providers without delivery reports: what they took counts as delivered.
    """
    now, held = deployment.now(), locked_alert(transaction, id)
    if held is None or held.confirmed_at:
        return
    messages = messages_of(transaction, held)
    had = [message for message in messages if has_it(message, without_receipts)]
    if had:
        held.confirmed_at, held.undelivered_at = min(message.changed_at for message in had), None
    elif all(is_in_trouble(message, now) for message in messages) and _is_untouched(transaction, held):
        reached = send_next(deployment, transaction, held)
        if not reached and may_begin_again(messages, now):
            send_next(deployment, transaction, held, begins_again=True)


def _is_untouched(transaction: Transaction, held: Alert) -> bool:
    """Whether somebody still has to be told: at least one of its concerns is not yet dealt with."""
    return any(concern.state is ConcernState.RECEIVED for concern in concerns_of(transaction, held))


def _comes_often(transaction: Transaction, concern: Concern, now: datetime) -> bool:
    if concern.contact_id is None:
        return MANY_EMERGENCIES in concern.reasons
    return count_single_alerts(transaction, concern.contact_id, now - WITHIN) >= SINGLY


def region_behind(pack: Pack, concern: Concern) -> tuple[str | None, str]:
    """Returns the committee of a concern, and the region whose duty number is alerted next."""
    committee = pack.committees.get(concern.committee or "")
    area = concern.commune or (committee.area if committee else "")
    if area not in pack.areas:
        return concern.committee, pack.country_area.code
    return concern.committee, [pack.country_area, pack.areas[area], *pack.ancestors(area)][-2].code


def send_next(deployment: Deployment, transaction: Transaction, held: Alert, begins_again: bool = False) -> bool:
    """Queues the alert for people of the next stage who were not tried yet; if nobody is left, notes it: False."""
    concerns, sent = concerns_of(transaction, held), messages_of(transaction, held)
    tried = set() if begins_again else {message.contact_id for message in sent}
    for stage, contacts in _stages(deployment.pack, transaction, held):
        queued = [
            contact
            for contact in contacts
            if contact.id not in tried and _queue(deployment, transaction, held, (stage, len(sent)), contact, concerns)
        ]
        if queued:
            held.stage = stage
            for concern in concerns:
                record(
                    transaction,
                    concern,
                    deployment.now(),
                    "triage",
                    "alerted",
                    committee=held.committee,
                    stage=stage.value,
                )
            return True
    held.undelivered_at = held.undelivered_at or deployment.now()
    return False


def _stages(pack: Pack, transaction: Transaction, held: Alert) -> Iterable[tuple[AlertStage, Sequence[Contact]]]:
    yield AlertStage.COMMITTEE, secretaries_of(transaction, held.committee) if held.committee else ()
    country = pack.country_area.code
    if held.area != country:
        yield AlertStage.REGION, duty_contacts(transaction, held.area)
    # If the country has no duty number, any duty number is better than silence.
    yield AlertStage.COUNTRY, duty_contacts(transaction, country) or duty_contacts(transaction)


def _queue(
    deployment: Deployment,
    transaction: Transaction,
    held: Alert,
    step: tuple[AlertStage, int],
    contact: Contact,
    concerns: Sequence[Concern],
) -> bool:
    """Queues the alert for one person; returns whether it goes. `step`: the stage, and how many SMS went before."""
    pack, (stage, before) = deployment.pack, step
    committee = transaction.get(Committee, held.committee) if held.committee else None
    language = pack.language(contact.language or (committee.language if committee else None))
    text = alert_text(pack, language, (held.kind, stage), concerns)
    sms = OutboundSms(
        f"alert:{held.id}:{contact.id}:{before}", contact, text, concern_id=concerns[0].id,
        committee=held.committee if stage is AlertStage.COMMITTEE else None,
        stop_counts=False, priority=Priority.URGENT, alert_id=held.id,
    )  # fmt: skip
    return queue_message(transaction, deployment.vault, pack, sms, deployment.now()) is not None
