"""Questions to a citizen about their concern, and the replies.

A reply is stored as a concern, so that triage reads it like any message. It belongs to the thread of the concern that
it is about (`Concern.is_reply`), unless it is an emergency or somebody makes it a separate concern.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from flows.screen import count_segments, to_gsm
from gateway.committees.concerns import ActRefused, words_for_citizens
from gateway.outbound.alerts import alert_if_emergency
from gateway.outbound.citizen_notifications import spoken_with
from gateway.runtime.deployment import Deployment
from storage.committees.agendas import AgendaPlacement
from storage.concerns.concerns import record
from storage.concerns.taking_up import MAY_BE_URGENT, has_replied
from storage.enumerations import Answer, ConcernState, Priority, Work
from storage.messages.outbound import OutboundSms, queue_message
from storage.messages.outbox import due_times
from storage.people.open_questions import QUESTION_KEY
from storage.refusals import Why
from storage.tables.concerns import Concern
from storage.tables.messages import Message
from storage.tables.people import Contact

REPLY_WITHIN = timedelta(days=3)
"""How long after a question the citizen's next SMS counts as the reply."""
GOES_ON_FOR = timedelta(minutes=30)
"""How long after a reply further SMS belong to it: people write in several."""
QUESTION_PARTS = 1
"""SMS parts that a question may take."""


@dataclass(frozen=True, slots=True)
class Question:
    """The SMS of a question, and when it is sent."""

    message: Message
    goes_at: datetime


def question_text(deployment: Deployment, concern: Concern, contact: Contact | None, question: str) -> str:
    """Returns the SMS with the question, in the language in which this citizen is answered."""
    language = spoken_with(deployment, concern, contact)
    return language.say("sms.question", reference=concern.reference, question=question)


def ask(
    deployment: Deployment, transaction: Transaction, concern: Concern, actor: str, question: str, wait: timedelta
) -> Question:
    """Asks the citizen of a concern a question, in one SMS that is sent after `wait`; the concern stays open.

    In quiet hours the SMS waits for the morning. Raises `ActRefused` if the citizen cannot be asked, or if the text
    cannot be sent.
    """
    now = deployment.now()
    if concern.state is ConcernState.CLOSED:
        raise ActRefused(Why.CLOSED_FOR_QUESTION, is_about_the_answer=True)
    question = words_for_citizens(deployment.pack, question)
    contact = transaction.get(Contact, concern.contact_id) if concern.contact_id else None
    if contact is None or contact.msisdn_sealed is None:
        raise ActRefused(Why.QUESTION_WITHOUT_NUMBER, is_about_the_answer=True)
    text = question_text(deployment, concern, contact, question)
    if count_segments(to_gsm(text)) > QUESTION_PARTS:
        raise ActRefused(Why.QUESTION_TOO_LONG, is_about_the_answer=True)
    sms = OutboundSms(
        f"{QUESTION_KEY}:{concern.id}:{_asked_before(transaction, concern) + 1}", contact, text,
        concern_id=concern.id, committee=concern.committee, others_words=True,
        due_at=now + wait,
    )  # fmt: skip
    message = queue_message(transaction, deployment.vault, deployment.pack, sms, now)
    if message is None:
        raise ActRefused(Why.QUESTION_CANNOT_GO, is_about_the_answer=True)
    concern.asked_at = now
    record(transaction, concern, now, actor, "asked")
    return Question(message, due_times(transaction, Work.SEND, [message.id])[message.id])


def _asked_before(transaction: Transaction, concern: Concern) -> int:
    query = select(func.count()).where(
        Message.concern_id == concern.id, Message.key.startswith(f"{QUESTION_KEY}:{concern.id}:")
    )
    return transaction.scalar(query) or 0


def asked_about(transaction: Transaction, contact: Contact, now: datetime) -> Concern | None:
    """Returns the open concern that this person was asked about, if their next SMS may be the reply."""
    if contact.question_asked_for is None or contact.question_asked_at is None:
        return None
    if contact.question_asked_at < now - REPLY_WITHIN:
        return None
    concern = transaction.get(Concern, contact.question_asked_for)
    is_theirs = concern is not None and concern.contact_id == contact.id
    return concern if concern and is_theirs and concern.state is not ConcernState.CLOSED else None


def take_reply(contact: Contact, reply: Concern, asked: Concern, now: datetime) -> None:
    """Puts a person's new message into the thread of the concern that they were asked about."""
    reply.is_reply, reply.duplicate_of = True, asked.id
    contact.question_asked_at = now - REPLY_WITHIN + GOES_ON_FOR


def settle_reply(deployment: Deployment, transaction: Transaction, reply: Concern, contact: Contact | None) -> None:
    """Finishes a reply after triage: it stays in its thread, and an SMS tells the citizen that it came.

    The concern in question is marked as replied to, so that a person reads the reply.
    """
    now, asked = deployment.now(), transaction.get(Concern, reply.duplicate_of)
    reply.state, reply.needs_review = ConcernState.CLOSED, False
    if asked is None:
        return
    has_replied(asked, MAY_BE_URGENT in reply.reasons, now)
    record(transaction, asked, now, "citizen", "citizen_replied", reference=reply.reference)
    if contact:
        text = spoken_with(deployment, asked, contact).say("sms.reply_received", reference=asked.reference)
        sms = OutboundSms(
            f"sms.reply_received:{reply.id}", contact, text, concern_id=asked.id, answer=Answer.NOTHING_NEW,
            priority=Priority.ANSWER,
        )  # fmt: skip
        queue_message(transaction, deployment.vault, deployment.pack, sms, now)


def stand_alone(transaction: Transaction, reply: Concern, now: datetime, actor: str) -> None:
    """Takes a reply out of its thread and makes it an ordinary concern. The caller places it on an agenda."""
    if asked := transaction.get(Concern, reply.duplicate_of):
        record(transaction, asked, now, actor, "reply_stands_alone", reference=reply.reference)
        record(transaction, reply, now, actor, "reply_stands_alone", reference=asked.reference)
        asked.asked_at = None
    reply.is_reply, reply.duplicate_of, reply.state = False, None, ConcernState.RECEIVED


def make_own_concern(deployment: Deployment, transaction: Transaction, reply: Concern, actor: str) -> None:
    """Makes a reply a separate concern of its committee and tells the citizen its reference. Raises `ActRefused`."""
    if not reply.is_reply or reply.triaged_at is None:
        raise ActRefused(Why.REPLY_STANDS_ALONE)
    now = deployment.now()
    asked = transaction.get(Concern, reply.duplicate_of)
    stand_alone(transaction, reply, now, actor)
    if reply.commune is None and asked is not None:
        reply.commune, reply.place = asked.commune, asked.place
    reply.needs_review = bool(reply.reasons)
    AgendaPlacement(transaction, deployment.pack, now).place(reply)
    contact = transaction.get(Contact, reply.contact_id) if reply.contact_id else None
    if contact:
        text = spoken_with(deployment, reply, contact).say("sms.received", reference=reply.reference)
        sms = OutboundSms(f"sms.received:{reply.id}", contact, text, concern_id=reply.id, answer=Answer.NEW)
        queue_message(transaction, deployment.vault, deployment.pack, sms, now)
    transaction.flush()
    alert_if_emergency(deployment, transaction, reply)
