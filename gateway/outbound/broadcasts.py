"""Sends an approved announcement, some each minute, so that it can be stopped and never floods a network."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session as Transaction

from config.money import Money
from flows.outbound_contents import Unfit, unfit
from flows.screen import count_segments, to_gsm
from gateway.runtime.deployment import Deployment
from storage.enumerations import BroadcastState, Priority
from storage.messages.broadcasts import BroadcastRefused, locked_broadcast, next_contacts, reach, under_way
from storage.messages.outbound import OutboundSms, queue_message
from storage.refusals import Why
from storage.tables.messages import Broadcast

A_MINUTE = 120
"""SMS of one announcement."""
MOST_PARTS = 2


@dataclass(frozen=True, slots=True)
class Preview:
    """What an announcement would be: as the phone shows it, for how many, and what it costs."""

    text: str
    reach: int
    parts: int
    price: Money


def preview(deployment: Deployment, transaction: Transaction, area: str, text: str) -> Preview:
    """Raises `BroadcastRefused` for a text that cannot go, or that would reach nobody."""
    pack = deployment.pack
    shown = to_gsm(" ".join(text.split()))
    if not shown:
        raise BroadcastRefused(Why.BROADCAST_EMPTY)
    match unfit(shown, pack):
        case Unfit.NUMBER:
            raise BroadcastRefused(Why.BROADCAST_WITH_NUMBER)
        case Unfit.LINK:
            raise BroadcastRefused(Why.BROADCAST_WITH_LINK)
    count = count_segments(shown)
    if count > MOST_PARTS:
        raise BroadcastRefused(Why.BROADCAST_TOO_LONG, most=MOST_PARTS, count=count)
    people = reach(transaction, pack.communes_under(area))
    if people == 0:
        raise BroadcastRefused(Why.BROADCAST_TO_NOBODY)
    return Preview(shown, people, count, pack.price(people * count))


def send_broadcasts(deployment: Deployment) -> int:
    """One minute's worth of each announcement that is under way; says how many SMS were queued."""
    with deployment.database.read() as transaction:
        ids = under_way(transaction)
    queued = 0
    for id in ids:
        with deployment.database.write() as transaction:
            broadcast = locked_broadcast(transaction, id)
            if broadcast and broadcast.state is BroadcastState.APPROVED:
                queued += _send_some(deployment, transaction, broadcast)
    return queued


def _send_some(deployment: Deployment, transaction: Transaction, broadcast: Broadcast) -> int:
    contacts = next_contacts(transaction, broadcast, deployment.pack.communes_under(broadcast.area), A_MINUTE)
    queued = 0
    for contact in contacts:
        sms = OutboundSms(
            f"broadcast:{broadcast.id}:{contact.id}",
            contact,
            broadcast.text,
            priority=Priority.ANNOUNCEMENT,
            others_words=True,
        )
        queued += queue_message(transaction, deployment.vault, deployment.pack, sms, deployment.now()) is not None
        broadcast.last_contact = contact.id
    broadcast.sent += queued
    if len(contacts) < A_MINUTE:
        broadcast.state = BroadcastState.DONE
    return queued
