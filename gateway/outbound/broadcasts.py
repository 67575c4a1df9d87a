"""Sends an approved announcement, a part each minute, so that it can be stopped and never floods a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session as Transaction

from config.money import Money
from flows.outbound_contents import Unfit, unfit
from flows.screen import count_segments, to_gsm
from gateway.runtime.deployment import Deployment
from storage.committees.quiet_hours import BROADCAST_KEY, committee_near, is_quiet
from storage.enumerations import BroadcastState, Priority
from storage.messages.broadcasts import BroadcastRefused, locked_broadcast, next_contacts, reach, under_way
from storage.messages.outbound import OutboundSms, queue_message
from storage.paced_writes import write_slices
from storage.refusals import Why
from storage.tables.messages import Broadcast
from storage.tables.people import Contact

A_MINUTE = 120
"""SMS of one announcement in one minute."""
MOST_PARTS = 2
"""SMS parts of an announcement."""


@dataclass(frozen=True, slots=True)
class Preview:
    """An announcement before it is sent: its text on a phone, the people it reaches, its SMS parts and its price."""

    text: str
    reach: int
    parts: int
    price: Money


def preview(deployment: Deployment, transaction: Transaction, area: str, text: str) -> Preview:
    """Checks an announcement and returns its preview.

    Raises `BroadcastRefused` if the text cannot be sent, or would reach nobody.
    """
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
    """Queues one minute's part of each announcement that is under way; returns the number of SMS.

    In the quiet hours of its area an announcement waits.
    """
    with deployment.database.read() as transaction:
        broadcasts = [transaction.get_one(Broadcast, id) for id in under_way(transaction)]
        ids = [broadcast.id for broadcast in broadcasts if not rests(deployment, transaction, broadcast)]
    return sum(_send_some(deployment, id) for id in ids)


def rests(deployment: Deployment, transaction: Transaction, broadcast: Broadcast) -> bool:
    """Whether it is the quiet hours of an announcement's area: those of its committee, or of the nearest one above."""
    committee = committee_near(transaction, deployment.pack, broadcast.area)
    return is_quiet(deployment.pack, committee, deployment.now())


def _send_some(deployment: Deployment, id: int) -> int:
    """Queues in short transactions; if the announcement is stopped between two of them, no more SMS follow."""
    with deployment.database.read() as transaction:
        broadcast = transaction.get_one(Broadcast, id)
        communes = deployment.pack.communes_under(broadcast.area)
        contacts = [contact.id for contact in next_contacts(transaction, broadcast, communes, A_MINUTE)]
    queued: list[int] = []

    def begin(transaction: Transaction) -> Callable[[int], None]:
        held = locked_broadcast(transaction, id)

        def send(contact_id: int) -> None:
            if held is None or held.state is not BroadcastState.APPROVED or contact_id <= held.last_contact:
                return
            contact = transaction.get(Contact, contact_id)
            if contact and _queue(deployment, transaction, held, contact):
                held.sent += 1
                queued.append(contact_id)
            held.last_contact = contact_id

        return send

    write_slices(deployment.database, contacts, begin)
    if len(contacts) < A_MINUTE:
        with deployment.database.write() as transaction:
            held = locked_broadcast(transaction, id)
            if held and held.state is BroadcastState.APPROVED:
                held.state = BroadcastState.DONE
    return len(queued)


def _queue(deployment: Deployment, transaction: Transaction, broadcast: Broadcast, contact: Contact) -> bool:
    """Queues the announcement for one person; returns whether it will be sent."""
    sms = OutboundSms(
        f"{BROADCAST_KEY}:{broadcast.id}:{contact.id}", contact, broadcast.text, priority=Priority.ANNOUNCEMENT,
        others_words=True,
    )  # fmt: skip
    return queue_message(transaction, deployment.vault, deployment.pack, sms, deployment.now()) is not None
