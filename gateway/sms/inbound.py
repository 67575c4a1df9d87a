"""Takes a citizen's SMS. The message and all its effects are committed together, or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from flows.triage import Urgency
from flows.triage.no_matter import DANGER
from gateway.abuse.flood_limits import is_flood, uncount
from gateway.outbound.muting import stop
from gateway.providers.base import InboundSms, OptOut, SmsPart
from gateway.providers.wrapping import unwrapped
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.sms.handler import InboundSmsHandler
from gateway.sms.new_concerns import file_first, source_of
from storage.lost_races import done_again
from storage.messages.inbound_events import first_look, first_time
from storage.messages.inbound_parts import Incomplete, Part, add_part, some_are_overdue, take_overdue
from storage.people.contacts import ensure_contact
from storage.people.password_hashes import PinHashes, hash_outside
from storage.tables.people import Contact

PROBABLY = 0.5
"""The probability of an emergency at which half a message no longer waits for its rest."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """The concern that a message became, None if it became none, and whether it may be an emergency.

    `is_copy` says that another request stored the same message first.
    """

    concern_id: int | None = None
    is_urgent: bool = False
    is_copy: bool = False


class FloodUnknown(Exception):
    """The last part of a long message has come, so the message has to be counted first, outside of the transaction."""

    def __init__(self, known_since: datetime) -> None:
        super().__init__()
        self.known_since = known_since


def take_sms(deployment: Deployment, sms: InboundSms) -> None:
    """Stores one message and its effects. The same message again changes nothing."""
    with deployment.database.look() as connection:
        seen = first_look(connection, deployment.vault, sms.sender, *source_of(sms))
    if seen.is_known:
        return
    known_since = seen.sender_since
    is_too_many = None if sms.part else is_flood(deployment, sms.sender, known_since)
    if known_since is None and is_too_many is not None:
        first = file_first(deployment, sms, is_too_many, deployment.now())
        if first:
            return _tell(deployment, Taken(first.id, first.is_urgent))
    try:
        taken = done_again(lambda: hash_outside(lambda hashes: _take(deployment, sms, hashes, is_too_many)))
    except FloodUnknown as whole:
        is_too_many = is_flood(deployment, sms.sender, whole.known_since)
        taken = done_again(lambda: hash_outside(lambda hashes: _take(deployment, sms, hashes, is_too_many)))
    if taken.is_copy and is_too_many is not None:
        uncount(deployment, sms.sender, known_since)
    _tell(deployment, taken)


def _tell(deployment: Deployment, taken: Taken) -> None:
    """Logs what was committed, and wakes the worker."""
    if taken.concern_id:
        log_step(log, "report filed", concern=taken.concern_id, hook="sms")
    deployment.wake_worker(urgent=taken.is_urgent)


def _take(deployment: Deployment, sms: InboundSms, hashes: PinHashes, is_too_many: bool | None) -> Taken:
    """Stores a message in one transaction. `is_too_many` is None if it is only a part, which is not counted.

    Raises `FloodUnknown` if it is the last part.
    """
    with deployment.database.write() as transaction:
        now = deployment.now()
        if not first_time(transaction, deployment.vault, *source_of(sms), now=now):
            return Taken(is_copy=True)
        # Locked, so that of two SMS or two parts at once the second sees what the first has changed.
        contact = ensure_contact(transaction, deployment.vault, sms.sender, now, locks=True)
        if sms.part:
            joined = add_part(transaction, deployment.vault, _part_of(sms, sms.part), now)
            if joined.older:
                _serve_incomplete(deployment, transaction, contact, joined.older, now)
            if joined.whole is None:
                return Taken()
            if is_too_many is None:
                raise FloodUnknown(contact.created_at)
            sms = replace(sms, text=unwrapped(joined.whole), part=None)
        handler = InboundSmsHandler(deployment, transaction, contact, sms, now, hashes, flood=bool(is_too_many))
        handler.serve()
        return Taken(handler.concern_id, handler.is_urgent)


def _part_of(sms: InboundSms, part: SmsPart) -> Part:
    octets = sms.text.encode("utf-8", "replace") if part.octets is None else part.octets
    return Part(sms.provider, sms.sender, part.reference, part.number, part.of, octets, part.charset)


def _serve_incomplete(
    deployment: Deployment, transaction: Transaction, contact: Contact, incomplete: Incomplete, now: datetime
) -> None:
    """Files half a message, which a person reads too. It is never a command, because the rest is not known."""
    sms = InboundSms(incomplete.provider, incomplete.id, incomplete.sender, unwrapped(incomplete.text))
    InboundSmsHandler(deployment, transaction, contact, sms, now, PinHashes(), incomplete=True).serve()


def take_incomplete(deployment: Deployment) -> None:
    """Files what has arrived of long SMS whose other parts did not come; an emergency sooner than other messages."""

    def is_urgent(text: str) -> bool:
        return _cannot_wait(deployment, unwrapped(text))

    with deployment.database.read() as transaction:
        if not some_are_overdue(transaction, deployment.now()):
            return
    with deployment.database.write() as transaction:
        now = deployment.now()
        for incomplete in take_overdue(transaction, deployment.vault, now, is_urgent):
            contact = ensure_contact(transaction, deployment.vault, incomplete.sender, now)
            _serve_incomplete(deployment, transaction, contact, incomplete, now)


def _cannot_wait(deployment: Deployment, text: str) -> bool:
    """Whether half a message is an emergency by its words of danger, or probably; one word alone may seem to be one."""
    reading = deployment.triage.read(text)
    if reading.urgency is not Urgency.EMERGENCY:
        return False
    return reading.emergency >= PROBABLY or bool(DANGER & deployment.triage.parts(text).hits.keys())


def take_opt_out(deployment: Deployment, opt_out: OptOut) -> None:
    """Stops SMS to a person, as STOP does."""
    with deployment.database.write() as transaction:
        now = deployment.now()
        stop(
            deployment,
            transaction,
            ensure_contact(transaction, deployment.vault, opt_out.msisdn, now, reachable=False),
            "sms",
        )
