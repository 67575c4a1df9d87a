"""What an SMS becomes as a concern, and the first SMS of a number, which is nearly always one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from config.clean_text import clean_text
from flows.sms.citizen import Meaning, read_sms
from gateway.abuse.flood_limits import FLOOD, OVER_LIMIT
from gateway.providers.base import InboundSms
from gateway.runtime.deployment import Deployment
from gateway.sms.repeated_messages import words_key
from storage.concerns.concerns import NewConcern, concern_row, new_reference, priority_of
from storage.concerns.first_reports import insert_first_sms
from storage.concerns.rows import first_values
from storage.messages.inbound_events import event_hash
from storage.people.contacts import sms_contact_row

LONGEST_TEXT = 3000
"""Characters of a message that are stored; a long SMS has at most 255 parts, people send three."""
TEXT_CUT, INCOMPLETE, WANTS_SILENCE = "text_cut", "incomplete", "wants_silence"
"""Why a person must look: the message was longer, a part of it is missing, it also seems to ask for no more SMS."""


def cleaned(sms: InboundSms) -> tuple[InboundSms, bool]:
    """The SMS as it is read and stored, and whether its text was cut."""
    text = clean_text(sms.text)
    return replace(sms, text=text[:LONGEST_TEXT]), len(text) > LONGEST_TEXT


def source_of(sms: InboundSms) -> tuple[str, ...]:
    """The message's natural key. The id alone is not unique: with some providers several senders have the same one."""
    return sms.provider, "sms", sms.sender, sms.message_id


def new_concern(
    deployment: Deployment, sms: InboundSms, text: str, contact_id: int | None = None, spoken: str | None = None
) -> NewConcern:
    """The concern with this text, which is the SMS's or a part of it."""
    is_read_first = deployment.triage.speaks_of_danger(text)
    return NewConcern(source_of(sms), "sms", text, contact_id, spoken, is_read_first=is_read_first)


def reasons_for_review(
    *, is_over: bool = False, flood: bool, is_cut: bool, incomplete: bool = False, wants_silence: bool
) -> list[str]:
    """Why a person must look at a concern before others see it."""
    holds = {OVER_LIMIT: is_over, FLOOD: flood, TEXT_CUT: is_cut, INCOMPLETE: incomplete, WANTS_SILENCE: wants_silence}
    return [reason for reason, is_so in holds.items() if is_so]


@dataclass(frozen=True, slots=True)
class FirstConcern:
    """The concern that the first SMS of a number became."""

    id: int
    is_urgent: bool


def file_first(deployment: Deployment, sms: InboundSms, flood: bool, now: datetime) -> FirstConcern | None:
    """Files the SMS of a number that was never heard of. Nobody asked it anything, and it has no role.

    Returns None, and has changed nothing, if the SMS is no concern, or if it or its number is known meanwhile.
    """
    vault = deployment.vault
    if vault.has_older_secrets:
        return None  # it may be known by a hash of an earlier secret
    sms, is_cut = cleaned(sms)
    request = read_sms(sms.text, deployment.pack, deployment.triage.places)
    if request.meaning is not Meaning.CONCERN or request.beside:
        return None
    new = new_concern(deployment, sms, request.about)
    reasons = reasons_for_review(flood=flood, is_cut=is_cut, wants_silence=request.wants_silence)
    values = {
        **sms_contact_row(vault, sms.sender, now),
        **first_values(concern_row(vault, new, now, reasons), priority_of(new)),
        "reference": new_reference(),
        "without_number": False,
        "keeps_contact": True,
        "event_hash": event_hash(vault, *source_of(sms)),
        "words_hash": event_hash(vault, *words_key(sms, now)),
    }
    with deployment.database.write_prepared() as connection:
        inserted = insert_first_sms(connection, values)
    return FirstConcern(inserted[0], new.is_read_first) if inserted else None
