"""What a citizen is told of a report and of a committee, by USSD and by SMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session as Transaction

from config.pack import Language
from flows.digest import day
from flows.references import read_reference
from flows.screen import shorten, to_gsm
from gateway.deployment import Deployment
from gateway.state_words import state_about
from storage.agendas import Placing
from storage.committee_models import Committee
from storage.committees import next_meeting_at
from storage.concerns import ANSWER, by_reference, count_month
from storage.items import DECISION, last_decisions
from storage.models import Concern, Contact

Facts = Mapping[str, Any]
DECISIONS_SHOWN, DECISION_SHOWN = 2, 60
"""How many of a committee's decisions a phone shows, and how many septets of each."""


def followed(open_: Transaction, typed: str, contact: Contact | None) -> Concern | None:
    """The concern of a reference, if it is this person's own or nobody's: no hint that another one exists."""
    reference = read_reference(typed)
    concern = by_reference(open_, reference) if reference else None
    if concern and concern.duplicate_of:
        concern = open_.get(Concern, concern.duplicate_of)
    if concern and (concern.contact_id is None or (contact and concern.contact_id == contact.id)):
        return concern
    return None


def state_text(deployment: Deployment, open_: Transaction, language: Language, contact: Contact, typed: str) -> str:
    """The SMS that says where a report stands; of somebody else's it says no more than of one that never was."""
    concern = followed(open_, typed, contact)
    if concern is None:
        return language.say("sms.unknown_reference")
    return language.say(
        "sms.state",
        reference=concern.reference,
        state=language.state(concern.state, state_about(deployment, open_, concern)),
        answer=deployment.vault.readable(ANSWER, concern.answer_sealed),
    )


def committee_text(deployment: Deployment, open_: Transaction, language: Language, spot_id: str) -> str:
    """The SMS about the committee that hears a place."""
    facts = committee_facts(deployment, open_, spot_id.partition("|")[0])
    if facts is None:
        return language.say("sms.unknown_place")
    key = "committee" if facts["own"] else "committee.covers"
    return language.say("sms.committee", committee=language.say(key, **facts))


def committee_facts(deployment: Deployment, open_: Transaction, commune: str) -> Facts | None:
    """Which committee hears a commune, when it meets and how many concerns it had this month."""
    pack, now = deployment.pack, deployment.now()
    if commune not in pack.committees:
        return None
    code = Placing(open_, pack, now).committee(commune)
    committee = open_.get_one(Committee, code)
    first = now.astimezone(pack.time_zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "own": code == commune,
        "commune": pack.areas[commune].name,
        "name": committee.name,
        "meeting": day(next_meeting_at(open_, pack, committee, now).astimezone(pack.time_zone).date()),
        "month": count_month(open_, code, first),
        "decided": _decided(deployment, open_, code),
    }


def _decided(deployment: Deployment, open_: Transaction, committee: str) -> list[str]:
    """The committee's last decisions in a line each, as a phone shows them; of sensitive matters none."""
    vault, categories = deployment.vault, deployment.pack.categories
    found = last_decisions(open_, committee, DECISIONS_SHOWN + 2)
    plain = [item.decision_sealed for item in found if not categories[item.category].sensitive]
    told = [vault.readable(DECISION, one) for one in plain[:DECISIONS_SHOWN]]
    return [shorten(to_gsm(one), DECISION_SHOWN) for one in told if one]
