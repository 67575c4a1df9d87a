"""Reads the concerns that wait: triage, agenda, acknowledgement and alert of each concern in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session as Transaction

from flows.duplicates import says_the_same
from flows.emergency_numbers import first_numbers
from flows.triage import Kind, Reading, Urgency
from flows.triage.category import OTHER
from flows.triage.no_matter import NoMatter
from gateway.abuse.flood_limits import FLOOD, OVER_LIMIT
from gateway.committees.one_concern.questions import settle_reply, stand_alone
from gateway.outbound.alerts import alert
from gateway.outbound.citizen_notifications import spoken_with
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import innermost, log_step
from gateway.runtime.metrics import TRIAGE_SECONDS
from gateway.worker.understanding import understand
from storage.committees.agendas import AgendaPlacement
from storage.concerns.concerns import TEXT, is_said_before, record, said_lately
from storage.enumerations import Answer, ConcernState, Priority, Work
from storage.messages.outbound import OutboundSms, queue_message
from storage.messages.outbox import Claim, finish_work
from storage.safety.vault import VaultError
from storage.tables.concerns import Concern
from storage.tables.people import Contact

BATCH = 100
AT_ONCE = 4
"""Concerns that are loaded together; a transaction may end between two such groups."""
SAME_WITHIN = timedelta(hours=1)
"""How long the same words from the same number count as the same concern."""
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_TEXTS = (
    select(Concern.id, Concern.text_sealed, Contact.usual_place)
    .outerjoin(Contact, Contact.id == Concern.contact_id)
    .where(Concern.id.in_(_IDS))
)
_CONCERNS = select(Concern).where(Concern.id.in_(_IDS)).order_by(Concern.id)
_CONTACTS = select(Contact).where(Contact.id.in_(_IDS))

log = logging.getLogger(__name__)


def read_batch(deployment: Deployment, claim: Claim) -> None:
    """Reads the claimed concerns outside any transaction, then stores the results in short transactions."""
    with deployment.database.read() as transaction:
        rows = transaction.execute(_TEXTS, {"ids": claim.subjects}).all()
    readings = {id: _read(deployment, sealed, usual) for id, sealed, usual in rows}
    ids = sorted(claim.subjects)
    settled: list[Concern] = []

    def begin(transaction: Transaction) -> Callable[[Sequence[int]], None]:
        now = deployment.now()
        placement = AgendaPlacement(transaction, deployment.pack, now)

        def settle(some: Sequence[int]) -> None:
            finish_work(transaction, Work.TRIAGE, claim, some)
            concerns = transaction.scalars(_CONCERNS, {"ids": some}).all()
            people, lately = _people(transaction, concerns), said_lately(transaction, concerns, SAME_WITHIN)
            group = _Group(transaction, placement, people, lately, now)
            for concern in concerns:
                if concern.triaged_at is None:
                    _settle(deployment, group, concern, readings.get(concern.id))
            settled.extend(concerns)

        return settle

    deployment.database.write_slices([ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)], begin)
    for concern in settled:
        log_step(log, "concern read", concern=concern.id, state=concern.urgency, doubtful=concern.needs_review)


def _read(deployment: Deployment, sealed: bytes | None, usual: str | None) -> Reading | None:
    if sealed is None:
        return None
    try:
        text = deployment.vault.open(TEXT, sealed)
        with TRIAGE_SECONDS.time():
            return deployment.triage.read(text, usual.partition("|")[0] if usual else None)
    except VaultError:
        return None  # the row stays, marked for review: its key may come back
    except Exception as error:  # noqa: BLE001 - one message that cannot be read must not hold up those behind it
        log.error("a concern could not be read: %s at %s", type(error).__name__, innermost(error))
        return None


def _people(transaction: Transaction, concerns: Sequence[Concern]) -> dict[int, Contact]:
    ids = {concern.contact_id for concern in concerns if concern.contact_id}
    return {contact.id: contact for contact in transaction.scalars(_CONTACTS, {"ids": ids})}


@dataclass(frozen=True, slots=True)
class _Group:
    """What concerns that are settled together share: `people` by id, and what these people `said_lately`."""

    transaction: Transaction
    placement: AgendaPlacement
    people: dict[int, Contact]
    said_lately: Sequence[Concern]
    now: datetime


def _settle(deployment: Deployment, group: _Group, concern: Concern, reading: Reading | None) -> None:
    transaction, now = group.transaction, group.now
    limited = OVER_LIMIT in concern.reasons or FLOOD in concern.reasons
    understand(deployment, concern, reading)
    concern.triaged_at, concern.model = now, deployment.triage.model.version
    contact = group.people.get(concern.contact_id or 0)
    emergency = concern.urgency == Urgency.EMERGENCY
    if concern.is_reply:
        if not emergency and _is_still_asked(transaction, concern):
            settle_reply(deployment, transaction, concern, contact)
            return
        stand_alone(transaction, concern, now, "triage")
    elif first := _first_of_the_same(deployment, group.said_lately, concern):
        concern.duplicate_of, concern.needs_review = first.id, False
        record(transaction, first, now, "citizen", "repeated", reference=concern.reference, channel=concern.channel)
        if contact and concern.channel == "sms":
            _tell_again(deployment, transaction, first, concern, contact, now)
        return
    if reading and reading.no_matter and not emergency and concern.category == OTHER and not concern.danger:
        _set_aside(deployment, transaction, concern, contact, reading.no_matter, limited)
        return
    if emergency or not limited:
        group.placement.place(concern)
    record(
        transaction, concern, now, "triage", "read",
        category=concern.category, urgency=concern.urgency, commune=concern.commune, reasons=list(concern.reasons),
    )  # fmt: skip
    # Messages of a flood are not answered one by one: that would be a flood of our own, at the same cost.
    if contact and concern.channel == "sms" and (emergency or FLOOD not in concern.reasons):
        _acknowledge(deployment, transaction, concern, contact, limited and not emergency, now)
    if emergency:
        alert(deployment, transaction, concern)


def _set_aside(
    deployment: Deployment,
    transaction: Transaction,
    concern: Concern,
    contact: Contact | None,
    why: str,
    limited: bool,
) -> None:
    """Closes thanks, greetings, tests and off-topic messages: counted, answered once a day, without an agenda item."""
    now, pack = deployment.now(), deployment.pack
    concern.state, concern.needs_review, concern.reasons = ConcernState.CLOSED, False, [why]
    record(transaction, concern, now, "triage", "no_matter", reasons=[why])
    if contact is None or concern.channel != "sms" or limited:
        return
    language = spoken_with(deployment, concern, contact)
    text = "sms.thanks" if why == NoMatter.THANKS else "sms.no_matter"
    sms = OutboundSms(
        f"{text}:{contact.id}:{now.astimezone(pack.time_zone):%Y-%m-%d}", contact,
        language.say(text, numbers=first_numbers(pack, language)), concern_id=concern.id, answer=Answer.NOTHING_NEW,
    )  # fmt: skip
    queue_message(transaction, deployment.vault, pack, sms, now)


def _is_still_asked(transaction: Transaction, reply: Concern) -> bool:
    """Whether somebody will read a reply in its thread; false if the concern was closed meanwhile."""
    asked = transaction.get(Concern, reply.duplicate_of) if reply.duplicate_of else None
    return asked is not None and asked.state is not ConcernState.CLOSED


def _first_of_the_same(deployment: Deployment, said_lately: Sequence[Concern], concern: Concern) -> Concern | None:
    """Returns the concern that this one only repeats: same number, same category, the same words within the hour.

    A message that adds something, such as another place or a danger, is not a repetition.
    """
    if concern.text_sealed is None:
        return None
    for earlier in said_lately:
        if not is_said_before(earlier, concern, SAME_WITHIN):
            continue
        if earlier.text_sealed is None or earlier.category != concern.category or earlier.triaged_at is None:
            continue
        if concern.urgency_rank < earlier.urgency_rank or concern.commune not in (earlier.commune, None):
            continue
        try:
            texts = [deployment.vault.open(TEXT, either.text_sealed or b"") for either in (earlier, concern)]
        except VaultError:
            continue
        if says_the_same(*texts):
            return earlier
    return None


def _tell_again(
    deployment: Deployment, transaction: Transaction, first: Concern, again: Concern, contact: Contact, now: datetime
) -> None:
    """Tells the citizen that the first message was understood, with its reference."""
    language = spoken_with(deployment, first, contact)
    text = language.say("sms.repeated", reference=first.reference)
    sms = OutboundSms(f"sms.repeated:{again.id}", contact, text, concern_id=first.id, answer=Answer.NOTHING_NEW)
    queue_message(transaction, deployment.vault, deployment.pack, sms, now)


def _acknowledge(
    deployment: Deployment,
    transaction: Transaction,
    concern: Concern,
    contact: Contact,
    limited: bool,
    now: datetime,
) -> None:
    """Confirms a concern by SMS with its reference, in their language; asks for the commune if it is unknown."""
    pack = deployment.pack
    language = spoken_with(deployment, concern, contact)
    numbers = first_numbers(pack, language)
    keys = []
    if limited:
        keys.append("sms.limit")
    elif concern.urgency == Urgency.EMERGENCY:
        keys.append("sms.urgent")
    if concern.commune is None and not limited and concern.kind != Kind.THANKS:
        keys.append("sms.ask_commune")
        contact.commune_asked_for, contact.commune_asked_at = concern.id, now
    for key in keys or ["sms.received"]:
        text = language.say(key, reference=concern.reference, numbers=numbers, limit=pack.reports_per_day)
        priority = Priority.URGENT if key == "sms.urgent" else Priority.ANSWER
        sms = OutboundSms(
            f"{key}:{concern.id}", contact, text, concern_id=concern.id, answer=Answer.NEW, priority=priority
        )
        queue_message(transaction, deployment.vault, pack, sms, now)
