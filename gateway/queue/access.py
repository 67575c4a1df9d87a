"""Access in the web queue: which pages a role may open, and which committees, items and recommendations it sees.

`ROUTES` gives the right that each page requires. `gateway.queue.login.signed_in` checks it on every request. A test
visits all addresses and fails for a page that has no row here.
"""

from __future__ import annotations

from enum import StrEnum

from flask import g, request
from sqlalchemy.orm import Session as Transaction

from config.outside import read_id
from config.pack import Pack
from flows.committees.agenda import RankedItem
from gateway.committees.rights import lies_in
from gateway.runtime.current import deployment
from gateway.translations import N_, Labels
from storage.concerns.access import Access
from storage.people.administrators import Rights
from storage.tables.committees import AgendaItem, Committee, Recommendation


class Needs(StrEnum):
    """The right that a page requires.

    `account`: anybody who signed in; `country`: an administrator of the whole country.
    """

    ACCOUNT = "account"
    READ = "read"
    ACT = "act"
    SENSITIVE = "sensitive"
    MANAGE = "manage"
    COUNTRY = "country"
    AUDIT = "audit"


LACKING = Labels(
    {
        Needs.ACCOUNT: N_("Entrez d'abord."),
        Needs.READ: N_("L'auditeur lit l'audit, et rien d'autre."),
        Needs.ACT: N_("Votre rôle permet de lire, non d'agir."),
        Needs.SENSITIVE: N_("Réservé aux administrateurs."),
        Needs.MANAGE: N_("Réservé aux administrateurs."),
        Needs.COUNTRY: N_("Réservé aux administrateurs du pays."),
        Needs.AUDIT: N_("Réservé à l'auditeur."),
    }
)
"""The refusal for a person without the right."""


ROUTES = {
    "queue.account": Needs.ACCOUNT,
    "queue.account_act": Needs.ACCOUNT,
    "queue.guide": Needs.ACCOUNT,
    "queue.audit": Needs.AUDIT,
    "queue.audit_csv": Needs.AUDIT,
    "queue.audit_xlsx": Needs.AUDIT,
    "queue.start": Needs.ACCOUNT,
    "queue.htmx": Needs.ACCOUNT,
    "queue.listing": Needs.READ,
    "queue.concerns_csv": Needs.READ,
    "queue.concerns_xlsx": Needs.READ,
    "queue.dashboard": Needs.READ,
    "queue.dashboard_csv": Needs.READ,
    "queue.dashboard_xlsx": Needs.READ,
    "queue.batch": Needs.ACT,
    "queue.concern": Needs.READ,
    "queue.concern_items": Needs.ACT,
    "queue.concern_preview": Needs.ACT,
    "queue.act": Needs.ACT,
    "queue.undo_act": Needs.ACT,
    "queue.send_act_now": Needs.ACT,
    "queue.item": Needs.READ,
    "queue.item_act": Needs.ACT,
    "queue.letter": Needs.READ,
    "queue.calendar": Needs.READ,
    "queue.services": Needs.READ,
    "queue.service_contact": Needs.MANAGE,
    "queue.committees": Needs.READ,
    "queue.committee": Needs.READ,
    "queue.committee_act": Needs.MANAGE,
    "queue.registry_import": Needs.MANAGE,
    "queue.registry_preview": Needs.MANAGE,
    "queue.registry_apply": Needs.MANAGE,
    "queue.registry_csv": Needs.MANAGE,
    "queue.registry_xlsx": Needs.MANAGE,
    "queue.meeting": Needs.READ,
    "queue.paper": Needs.READ,
    "queue.plan_meeting": Needs.ACT,
    "queue.meeting_act": Needs.ACT,
    "queue.recommendations": Needs.READ,
    "queue.recommendation": Needs.READ,
    "queue.recommendation_act": Needs.ACT,
    "queue.broadcasts": Needs.MANAGE,
    "queue.broadcast_act": Needs.MANAGE,
    "queue.campaigns": Needs.READ,
    "queue.messages": Needs.SENSITIVE,
    "queue.message_again": Needs.COUNTRY,
    "queue.people": Needs.MANAGE,
    "queue.people_invite": Needs.MANAGE,
    "queue.person": Needs.MANAGE,
    "queue.person_act": Needs.MANAGE,
    "queue.secretaries": Needs.MANAGE,
    "queue.secretary_add": Needs.MANAGE,
    "queue.secretary_act": Needs.MANAGE,
}


def needed_for(endpoint: str, method: str) -> Needs:
    """The right that an address requires. An address without a row requires READ for reading, else ACT."""
    return ROUTES.get(endpoint, Needs.READ if method in ("GET", "HEAD") else Needs.ACT)


def has_right(rights: Rights, needs: Needs, is_of_country: bool) -> bool:
    """Whether a role has the right that a page requires. An auditor has only their account and the audit."""
    held = {
        Needs.ACCOUNT: True,
        Needs.READ: not rights.audit,
        Needs.ACT: rights.act,
        Needs.SENSITIVE: rights.see_sensitive,
        Needs.MANAGE: rights.manage,
        Needs.COUNTRY: rights.manage and is_of_country,
        Needs.AUDIT: rights.audit,
    }
    return held[needs]


def sees_area(pack: Pack, area: str) -> bool:
    """Whether the signed-in person sees an area: one within their own; a secretary only their committee's."""
    if g.rights.own_committee:
        return bool(area == g.administrator.area)
    return lies_in(pack, area, g.administrator.area)


def seen_committee(transaction: Transaction, code: str) -> Committee | None:
    """The committee with this code; None if there is none or it lies outside the person's area."""
    committee = transaction.get(Committee, code)
    return committee if committee and sees_area(deployment().pack, committee.area) else None


def seen_item(transaction: Transaction, id: int) -> AgendaItem | None:
    """An item of a committee in the person's area; None if there is none or they may not read it."""
    item = transaction.get(AgendaItem, id)
    if item is None or not may_read(item) or seen_committee(transaction, item.committee) is None:
        return None
    return item


def may_read(item: AgendaItem | RankedItem) -> bool:
    """Whether the person may read an item.

    A sensitive one needs the right; one that bypasses their committee is hidden.
    """
    access: Access = g.access
    return access.may_read(item.commune, item.category)


def seen_committees() -> list[str] | None:
    """The codes of all committees that the person sees; None means the whole country."""
    pack = deployment().pack
    if not g.rights.own_committee and g.administrator.area == pack.country_area.code:
        return None
    return [committee.code for committee in pack.committees.values() if sees_area(pack, committee.area)]


def seen_version() -> int:
    """The version that the form was filled in on; 0, which no row has, if the form names none."""
    return read_id(request.form.get("version", "")) or 0


def may_see_recommendation(transaction: Transaction, recommendation: Recommendation) -> bool:
    """Whether the person sees the committee that made it or the one that holds it, and may read its item."""
    item = transaction.get_one(AgendaItem, recommendation.item_id)
    if not may_read(item):
        return False
    return any(seen_committee(transaction, code) for code in (recommendation.committee, recommendation.holder))
