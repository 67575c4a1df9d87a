"""Takes a citizen's SMS. The message and all its effects are committed together, or not at all."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from gateway.abuse.flood_limits import is_flood
from gateway.outbound.muting import stop
from gateway.providers.base import InboundSms, OptOut, SmsPart
from gateway.providers.wrapping import unwrapped
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import log_step
from gateway.sms.handler import InboundSmsHandler
from storage.messages.inbound_events import first_time
from storage.messages.inbound_parts import Incomplete, Part, add_part, some_are_overdue, take_overdue
from storage.people.contacts import ensure_contact
from storage.people.password_hashes import PinHashes, hash_outside
from storage.tables.people import Contact

log = logging.getLogger(__name__)


def take_sms(deployment: Deployment, sms: InboundSms) -> None:
    """Stores one message and its effects. The same message again changes nothing."""
    counted: list[bool] = []
    concern_id = hash_outside(lambda hashes: _take(deployment, sms, hashes, counted))
    if concern_id:
        log_step(log, "report filed", concern=concern_id, hook="sms")
    deployment.wake_worker()


def _take(deployment: Deployment, sms: InboundSms, hashes: PinHashes, counted: list[bool]) -> int | None:
    """Returns the id of the concern that the message became, if it did.

    `counted` keeps the result of the flood limit, so that a second try does not count the message again.
    """
    with deployment.database.write() as transaction:
        now = deployment.now()
        # The id alone is not unique: with some providers several senders have the same one.
        if not first_time(transaction, deployment.vault, sms.provider, "sms", sms.sender, sms.message_id, now=now):
            return None
        contact = ensure_contact(transaction, deployment.vault, sms.sender, now)
        waits = False
        if sms.part:
            # The sender's row is locked, so that of two parts at once the second sees the first.
            transaction.refresh(contact, with_for_update=True)
            joined = add_part(transaction, deployment.vault, _part_of(sms, sms.part), now)
            if joined.older:
                _serve_incomplete(deployment, transaction, contact, joined.older, now)
            waits = joined.whole is None
            sms = replace(sms, text=unwrapped(joined.whole or ""), part=None)
        if not waits:
            if not counted:
                counted.append(is_flood(deployment, contact, sms.sender))
            handler = InboundSmsHandler(deployment, transaction, contact, sms, now, hashes, flood=counted[0])
            handler.serve()
            return handler.concern_id
    return None


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
    """Files what has arrived of long SMS whose other parts did not come."""
    with deployment.database.read() as transaction:
        if not some_are_overdue(transaction, deployment.now()):
            return
    with deployment.database.write() as transaction:
        now = deployment.now()
        for incomplete in take_overdue(transaction, deployment.vault, now):
            contact = ensure_contact(transaction, deployment.vault, incomplete.sender, now)
            _serve_incomplete(deployment, transaction, contact, incomplete, now)


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
