"""Decides what follows from each concern of a group that triage has read, and writes it with a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
from gateway.worker.understanding import understand
from storage.committees.batch_placement import BatchPlacement
from storage.concerns.concerns import TEXT, event_row, is_said_before, record_many, said_lately
from storage.concerns.rows import locked_concerns, store_readings
from storage.enumerations import Answer, ConcernState, Priority
from storage.messages.answers import queue_answers
from storage.messages.outbound import OutboundSms
from storage.safety.vault import VaultError
from storage.tables.concerns import Concern
from storage.tables.people import Contact

SAME_WITHIN = timedelta(hours=1)
"""How long the same words from the same number count as the same concern."""


def settle_group(
    deployment: Deployment, transaction: Transaction, ids: Sequence[int], readings: Mapping[int, Reading | None]
) -> list[Concern]:
    """Settles these concerns, unless they are settled already: what was read, the agenda, the answer, the alert.

    Returns the concerns, which are detached from the transaction.
    """
    locked = locked_concerns(transaction, ids)
    unread = [concern for concern in locked if concern.triaged_at is None]
    replies = {concern.id: concern for concern in unread if concern.is_reply}
    group = _Group.of(deployment, transaction, unread, locked.values())
    for concern in unread:
        reading = readings.get(concern.id)
        group.understand(concern, reading)
        if concern.id not in replies and not group.repeats(concern):
            group.decide(concern, reading)
    group.write([concern for concern in unread if concern.id not in replies])
    for reply in replies.values():
        group.settle_reply(reply, readings.get(reply.id))
    return unread


@dataclass(slots=True)
class _Group:
    """The concerns of one transaction, and what is still to be written about them."""

    deployment: Deployment
    transaction: Transaction
    now: datetime
    placement: BatchPlacement
    people: Mapping[int, Contact]
    """The senders of SMS by id; nobody else is answered."""
    said_lately: Mapping[int, Sequence[Concern]]
    """By the contact's id, what people have said lately, the newest first; the concerns of the group are among it."""
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[OutboundSms] = field(default_factory=list)
    for_agenda: list[Concern] = field(default_factory=list)
    emergencies: list[Concern] = field(default_factory=list)

    @staticmethod
    def of(
        deployment: Deployment,
        transaction: Transaction,
        concerns: Sequence[Concern],
        people: Iterable[Contact | None],
    ) -> _Group:
        now = deployment.now()
        installed = deployment.registry.installed(transaction, now)
        lately: dict[int, list[Concern]] = defaultdict(list)
        for concern in said_lately(transaction, concerns, SAME_WITHIN):
            lately[concern.contact_id or 0].append(concern)
        return _Group(
            deployment,
            transaction,
            now,
            BatchPlacement(transaction, deployment.pack, now, installed=installed),
            {contact.id: contact for contact in people if contact},
            lately,
        )

    def understand(self, concern: Concern, reading: Reading | None) -> None:
        """Sets what triage has read in a concern."""
        understand(self.deployment, concern, reading)
        concern.triaged_at, concern.model = self.now, self.deployment.triage.model.version

    def repeats(self, concern: Concern) -> bool:
        """Whether a concern only repeats another one of its citizen; if so, it is joined to that one."""
        if concern.contact_id is None:
            return False
        first = _first_of_the_same(self.deployment, self.said_lately[concern.contact_id], concern)
        if first is None:
            return False
        concern.duplicate_of, concern.needs_review = first.id, False
        self._record(first, "citizen", "repeated", reference=concern.reference, channel=concern.channel)
        contact = self._contact(concern)
        if contact and concern.channel == "sms":
            text = spoken_with(self.deployment, first, contact).say("sms.repeated", reference=first.reference)
            key = f"sms.repeated:{concern.id}"
            self._answer(key, contact, text, first, Answer.NOTHING_NEW)
        return True

    def decide(self, concern: Concern, reading: Reading | None) -> None:
        """Decides whether a concern comes on an agenda, what its citizen is answered, and whether to alert somebody."""
        limited = OVER_LIMIT in concern.reasons or FLOOD in concern.reasons
        contact = self._contact(concern)
        emergency = concern.urgency == Urgency.EMERGENCY
        if reading and reading.no_matter and not emergency and concern.category == OTHER and not concern.danger:
            self._set_aside(concern, contact, reading.no_matter, limited)
            return
        if emergency or not limited:
            self.for_agenda.append(concern)
        self._record(
            concern, "triage", "read",
            category=concern.category, urgency=concern.urgency, commune=concern.commune, reasons=list(concern.reasons),
        )  # fmt: skip
        # Messages of a flood are not answered one by one: that would be a flood of our own, at the same cost.
        if contact and concern.channel == "sms" and (emergency or FLOOD not in concern.reasons):
            self._acknowledge(concern, contact, limited and not emergency)
        if emergency:
            self.emergencies.append(concern)

    def write(self, concerns: Sequence[Concern]) -> None:
        """Writes these concerns and all that was decided about them, and alerts of emergencies."""
        deployment, transaction = self.deployment, self.transaction
        self.placement.place_all(self.for_agenda)
        store_readings(transaction, concerns)
        record_many(transaction, self.events)
        queue_answers(transaction, deployment.vault, deployment.pack, self.answers, self.now)
        for concern in self.emergencies:
            alert(deployment, transaction, transaction.get_one(Concern, concern.id))
        for waiting in (self.events, self.answers, self.for_agenda, self.emergencies):
            waiting.clear()

    def settle_reply(self, reply: Concern, reading: Reading | None) -> None:
        """Leaves a reply in its thread; an emergency, or one that nobody waits for, becomes a concern of its own."""
        store_readings(self.transaction, [reply])
        kept = self.transaction.get_one(Concern, reply.id)
        if kept.urgency != Urgency.EMERGENCY and _is_still_asked(self.transaction, kept):
            settle_reply(self.deployment, self.transaction, kept, self._contact(kept))
            return
        stand_alone(self.transaction, kept, self.now, "triage")
        self.transaction.flush()
        self.transaction.expunge(kept)
        self.decide(kept, reading)
        self.write([kept])

    def _contact(self, concern: Concern) -> Contact | None:
        return self.people.get(concern.contact_id or 0)

    def _record(self, concern: Concern, actor: str, what: str, **detail: Any) -> None:
        self.events.append(event_row(concern, self.now, actor, what, **detail))

    def _set_aside(self, concern: Concern, contact: Contact | None, why: str, limited: bool) -> None:
        """Closes thanks, greetings, tests and off-topic messages: counted, answered once a day, without an item."""
        pack = self.deployment.pack
        concern.state, concern.needs_review, concern.reasons = ConcernState.CLOSED, False, [why]
        self._record(concern, "triage", "no_matter", reasons=[why])
        if contact is None or concern.channel != "sms" or limited:
            return
        language = spoken_with(self.deployment, concern, contact)
        name = "sms.thanks" if why == NoMatter.THANKS else "sms.no_matter"
        key = f"{name}:{contact.id}:{self.now.astimezone(pack.time_zone):%Y-%m-%d}"
        text = language.say(name, numbers=first_numbers(pack, language))
        self._answer(key, contact, text, concern, Answer.NOTHING_NEW)

    def _acknowledge(self, concern: Concern, contact: Contact, limited: bool) -> None:
        """Confirms a concern by SMS with its reference, in their language; asks for the commune if it is unknown."""
        pack = self.deployment.pack
        language = spoken_with(self.deployment, concern, contact)
        names = []
        if limited:
            names.append("sms.limit")
        elif concern.urgency == Urgency.EMERGENCY:
            names.append("sms.urgent")
        if concern.commune is None and not limited and concern.kind != Kind.THANKS:
            names.append("sms.ask_commune")
            contact.commune_asked_for, contact.commune_asked_at = concern.id, self.now
        numbers = first_numbers(pack, language)
        for name in names or ["sms.received"]:
            text = language.say(name, reference=concern.reference, numbers=numbers, limit=pack.reports_per_day)
            priority = Priority.URGENT if name == "sms.urgent" else Priority.ANSWER
            self._answer(f"{name}:{concern.id}", contact, text, concern, Answer.NEW, priority)

    def _answer(
        self,
        key: str,
        contact: Contact,
        text: str,
        concern: Concern,
        answer: Answer,
        priority: Priority = Priority.ANSWER,
    ) -> None:
        """Adds an SMS to the writer of a message. It answers what they have just sent, so it goes at night too."""
        sms = OutboundSms(key, contact, text, concern_id=concern.id, answer=answer, priority=priority)
        self.answers.append(sms)


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
