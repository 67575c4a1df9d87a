"""What a citizen is told about a report and about a committee, by USSD and by SMS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as Transaction

from config.language import Language
from flows.committees.digest import day
from flows.conversation.citizen_services import committee_line
from flows.conversation.facts import CommitteeFacts
from flows.msisdn import Msisdn
from flows.references import is_long, read_reference
from flows.screen import shorten, to_gsm
from gateway.outbound.state_wording import state_about
from gateway.runtime.deployment import Deployment
from storage.committees.agenda_items import DECISION, last_decisions
from storage.committees.agendas import AgendaPlacement
from storage.committees.committees import next_meeting_at
from storage.concerns.concerns import ANSWER, by_reference
from storage.concerns.public_figures import told_of
from storage.safety.wrong_references import SLOWED, are_rising, is_silenced, note_wrong
from storage.tables.committees import Committee
from storage.tables.concerns import Concern
from storage.tables.people import Contact

DECISIONS_SHOWN, DECISION_SHOWN = 2, 60
"""How many of a committee's decisions a phone shows, and how many septets of each."""


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """The SMS about a report; `due_at` None means now."""

    text: str
    due_at: datetime | None = None


def followed(
    deployment: Deployment, transaction: Transaction, typed: str, contact: Contact | None, msisdn: Msisdn
) -> Concern | None:
    """Returns the concern of a reference, if it is this person's own or came without a number.

    None for any other reference, so that nobody learns whether it exists. A number that has tried too many wrong
    references can open its own reports, and those whose long reference nobody can guess.
    """
    reference = read_reference(typed)
    concern = by_reference(transaction, reference) if reference else None
    if concern and concern.duplicate_of:
        concern = transaction.get(Concern, concern.duplicate_of)
    if concern and contact and concern.contact_id == contact.id:
        return concern
    if concern and concern.contact_id is None and concern.without_number:
        may_be_a_guess = not is_long(concern.reference)
        if not may_be_a_guess or not is_silenced(transaction, deployment.vault, msisdn, deployment.now()):
            return concern
    return None


def state_answer(
    deployment: Deployment, transaction: Transaction, language: Language, contact: Contact, msisdn: Msisdn, typed: str
) -> StateAnswer | None:
    """Says where a report stands. Somebody else's report is answered like one that does not exist.

    None if the number has tried too many wrong references.
    """
    concern = followed(deployment, transaction, typed, contact, msisdn)
    if concern is None:
        now = deployment.now()
        if typed and note_wrong(transaction, deployment.vault, msisdn, typed, now):
            return None
        slowed = typed and are_rising(transaction, now)
        return StateAnswer(language.say("sms.unknown_reference"), now + SLOWED if slowed else None)
    text = language.say(
        "sms.state",
        reference=concern.reference,
        state=language.state(concern.state, state_about(deployment, transaction, concern)),
        answer=deployment.vault.readable(ANSWER, concern.answer_sealed),
    )
    return StateAnswer(text)


def committee_text(deployment: Deployment, transaction: Transaction, language: Language, spot_id: str) -> str:
    """Returns the SMS about the committee that is competent for a place."""
    facts = committee_facts(deployment, transaction, spot_id.partition("|")[0])
    if facts is None:
        return language.say("sms.unknown_place")
    return language.say("sms.committee", committee=committee_line(language, facts))


def committee_facts(deployment: Deployment, transaction: Transaction, commune: str) -> CommitteeFacts | None:
    """Returns the committee that is competent for a commune, its next meeting, and the commune's public figure.

    None if the commune is unknown.
    """
    pack, now = deployment.pack, deployment.now()
    if commune not in pack.committees:
        return None
    code = AgendaPlacement(transaction, pack, now).committee(commune)
    committee = transaction.get_one(Committee, code)
    return CommitteeFacts(
        own=code == commune,
        commune=pack.areas[commune].name,
        name=committee.name,
        meeting=day(next_meeting_at(transaction, pack, committee, now).astimezone(pack.time_zone).date()),
        month=told_of(transaction, pack, commune, now),
        decided=tuple(_decided(deployment, transaction, code)),
    )


def _decided(deployment: Deployment, transaction: Transaction, committee: str) -> list[str]:
    """The last decisions of a committee as a phone shows them, one line each; none about sensitive matters."""
    vault, categories = deployment.vault, deployment.pack.categories
    decided_items = last_decisions(transaction, committee, DECISIONS_SHOWN + 2)
    plain = [item.decision_sealed for item in decided_items if not categories[item.category].sensitive]
    decisions = [vault.readable(DECISION, decision) for decision in plain[:DECISIONS_SHOWN]]
    return [shorten(to_gsm(decision), DECISION_SHOWN) for decision in decisions if decision]
