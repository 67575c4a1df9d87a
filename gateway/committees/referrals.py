"""Referrals to local services: the contacts to whom letters are addressed, and the replies of the services."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from config.clean_text import clean_line
from flows.outbound_contents import unfit
from gateway.committees.concerns import ActRefused
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import REFERRAL_REPLY, record_item
from storage.committees.service_contacts import ServiceAddress, set_contact
from storage.enumerations import ItemState
from storage.refusals import Why
from storage.safety.audit import write_line
from storage.tables.committees import AgendaItem

LONGEST_REPLY = 1000
"""Characters of a service's reply."""


def note_reply(deployment: Deployment, transaction: Transaction, item: AgendaItem, actor: str, text: str) -> None:
    """Stores the reply of a service. Reminders stop; the item stays referred until somebody closes it.

    Raises `ActRefused` if the item is not referred, or if the text is empty, too long or holds a number or a link.
    """
    text = " ".join(text.split())
    if item.state is not ItemState.REFERRED:
        raise ActRefused(Why.NOT_REFERRED)
    if not text or len(text) > LONGEST_REPLY:
        raise ActRefused(Why.SERVICE_REPLY_LENGTH, most=LONGEST_REPLY)
    if unfit(text, deployment.pack):
        raise ActRefused(Why.SERVICE_REPLY_WITH_NUMBER)
    item.referral_reply_sealed = deployment.vault.seal(REFERRAL_REPLY, text)
    item.referral_replied_at = deployment.now()
    record_item(transaction, item, deployment.now(), actor, "replied", to=item.referred_to)


def keep_contact(
    deployment: Deployment, transaction: Transaction, service: str, area: str, to: ServiceAddress, actor: str
) -> bool:
    """Sets the contact of a local service in an area; an empty addressee removes it. Returns whether anything changed.

    Raises `ActRefused` if the pack has no such local service.
    """
    if service not in deployment.pack.local_services:
        raise ActRefused(Why.SERVICE_UNKNOWN)
    to = ServiceAddress(clean_line(to.addressee)[:160], clean_line(to.address)[:200], clean_line(to.phone)[:40])
    changed = set_contact(transaction, deployment.vault, service, area, to)
    if changed:
        write_line(transaction, deployment.now(), actor, "service_contact", service=service, area=area)
    return changed
