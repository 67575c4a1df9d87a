"""The messages between a citizen and the gateway about one concern, and its history, as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g

from flows.outbound_contents import masked_as_written
from gateway.queue.blueprint import opened
from gateway.queue.dates import moment
from gateway.queue.labels import ACTS, detail_label
from gateway.queue.sms_labels import HELD_BACK, MESSAGE_STATES, message_kind
from gateway.queue.start.rows import who_saw
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.concerns.concerns import TEXT
from storage.concerns.notes import NOTE
from storage.concerns.thread import SentSms
from storage.messages.outbound import TEXT as MESSAGE_TEXT
from storage.tables.concerns import Concern, ConcernEvent, ConcernNote
from storage.tables.messages import Message


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One message of the thread. `reply` is the reference of a reply that may become a concern of its own."""

    at: str
    who: str
    text: str
    state: str
    is_theirs: bool
    reply: str = ""
    version: int = 0


def thread(
    here: Deployment,
    concern: Concern,
    replies: Sequence[Concern],
    sent: Sequence[SentSms],
) -> list[ThreadLine]:
    """The citizen's messages and the SMS to them in order of time, with phone numbers masked."""
    lines = [(each.received_at, _citizens(here, each)) for each in (concern, *replies)]
    lines += [(sms.message.created_at, _ours(here, sms.message, sms.due_at)) for sms in sent]
    return [line for at, line in sorted(lines, key=lambda pair: pair[0])]


def _citizens(here: Deployment, concern: Concern) -> ThreadLine:
    text = masked_as_written(opened(here, TEXT, concern.text_sealed), here.pack)
    is_reply = concern.is_reply and concern.triaged_at is not None
    return ThreadLine(
        at=moment(here, concern.received_at), who=_("Citoyen"), text=text or _("Sans texte"), state="", is_theirs=True,
        reply=concern.reference if is_reply else "", version=concern.version,
    )  # fmt: skip


def _ours(here: Deployment, message: Message, due_at: datetime | None) -> ThreadLine:
    state = MESSAGE_STATES[message.state]
    if reason := HELD_BACK.get(message.reason or ""):
        state = _("%(state)s : %(reason)s", state=state, reason=reason)
    if due_at and due_at > here.now():
        state = _("%(state)s, part le %(when)s", state=state, when=moment(here, due_at))
    return ThreadLine(
        at=moment(here, message.created_at),
        who=message_kind(message.key),
        text=masked_as_written(opened(here, MESSAGE_TEXT, message.text_sealed), here.pack),
        state=f"{state}, {message.parts} SMS",
        is_theirs=False,
    )


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history in words; `by` is empty if the gateway itself did it."""

    at: str
    what: str
    by: str
    detail: str


def history_lines(here: Deployment, events: Sequence[ConcernEvent]) -> list[HistoryLine]:
    """The history in words, without the categories that are kept from its reader."""
    kept_back = g.access.kept_back()
    return [
        HistoryLine(
            moment(here, event.at), ACTS.get(event.what, event.what), _by(event.actor),
            detail_label(here.pack, event, kept_back),
        )
        for event in events
    ]  # fmt: skip


def _by(actor: str) -> str:
    return who_saw(actor) if "@" in actor or actor.startswith("secretary") else ""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A colleague's note, opened."""

    at: str
    author: str
    text: str


def note_lines(here: Deployment, notes: Sequence[ConcernNote]) -> list[NoteLine]:
    """What colleagues wrote, oldest first."""
    return [
        NoteLine(moment(here, note.at), note.author, masked_as_written(opened(here, NOTE, note.text_sealed), here.pack))
        for note in notes
    ]
