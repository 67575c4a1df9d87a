"""Referrals to local services: whom letters go to, and what the service replied."""

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
    """Keeps what a service replied. No reminder follows; the item stays referred until somebody closes it."""
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
    """Sets whom letters to a service of an area go to; without an addressee there is no contact any more.

    Says if anything changed. Raises `ActRefused` for a service that is none of the pack's local ones.
    """
    if service not in deployment.pack.local_services:
        raise ActRefused(Why.SERVICE_UNKNOWN)
    to = ServiceAddress(clean_line(to.addressee)[:160], clean_line(to.address)[:200], clean_line(to.phone)[:40])
    changed = set_contact(transaction, deployment.vault, service, area, to)
    if changed:
        write_line(transaction, deployment.now(), actor, "service_contact", service=service, area=area)
    return changed
