"""The page of one concern: its messages, how triage read it, its history, and the forms to act on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as AnyResponse

from config.language import Language
from flows.outbound_contents import masked_as_written
from gateway.committees.one_concern.items import items_to_join
from gateway.data_protection.opened_texts import Opened, open_concern
from gateway.documents.document import UNREADABLE
from gateway.outbound.citizen_notifications import spoken_with
from gateway.queue.access import may_read
from gateway.queue.blueprint import queue
from gateway.queue.concerns.communes import commune_label
from gateway.queue.concerns.filters import NAMES, ListAddress, read_address
from gateway.queue.concerns.preview import Preview
from gateway.queue.concerns.probes import ReferenceUnknown
from gateway.queue.concerns.rows import concern_row, state_label, urgency_label
from gateway.queue.concerns.thread import (
    HistoryLine,
    NoteLine,
    ThreadLine,
    history_lines,
    note_lines,
    thread,
)
from gateway.queue.labels import KINDS, REASONS, category_label
from gateway.queue.login import signed_in
from gateway.queue.start.rows import who_saw
from gateway.runtime.current import deployment
from gateway.runtime.deployment import Deployment
from gateway.translations import _
from storage.concerns.concerns import history
from storage.concerns.listing.pages import next_open, similar_to
from storage.concerns.notes import notes_of
from storage.concerns.taking_up import take_up
from storage.concerns.thread import said_again, sent_about
from storage.enumerations import ConcernState
from storage.messages.alerts import alerts_of, is_undelivered_late
from storage.tables.alerts import Alert
from storage.tables.committees import AgendaItem, Committee, Meeting
from storage.tables.concerns import Concern
from storage.tables.people import Contact

READY = "answer "
"""The prefix of a language's own ready answers, which tells their names from the keys of its texts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Committee, agenda item and meeting of a concern, and its citizen's contact; None for what it does not have."""

    committee: Committee | None
    item: AgendaItem | None
    meeting: Meeting | None
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class ConcernPage:
    """All that the page shows, opened and in words. `language` is the one in which the citizen is answered."""

    concern: Concern
    urgency: str
    state: str
    commune: str
    reading: str
    why: str
    reasons: list[str]
    seen_by: str
    words: Opened
    standing: Standing
    alerts: list[Alert]
    duty_missing: bool
    """Whether nobody took it up in time and no duty number received the alert about that."""
    thread: list[ThreadLine]
    notes: list[NoteLine]
    history: list[HistoryLine]
    similar: list[object]
    following: str
    address: ListAddress
    language: Language
    ready: dict[str, str]
    questions: dict[str, str]
    can_be_asked: bool

    @property
    def answer_goes_at(self) -> datetime | None:
        """When the SMS with the final answer goes; None if it has gone, or if nobody gets one."""
        is_answered = self.concern.state is ConcernState.CLOSED and self.can_be_asked
        return self.concern.news_due_at if is_answered else None

    @property
    def given(self) -> dict[str, Any]:
        """The list's filter, which every link and form of the page keeps."""
        return dict(self.address.given)


@queue.get("/concerns/<reference>")
@signed_in
def concern(reference: str) -> AnyResponse | str:
    """Shows a concern; a person who may act takes it up by opening it. A reply leads to its thread."""
    here = deployment()
    with here.database.write() as transaction:
        chosen, standing = seen_with_standing(transaction, reference)
        if chosen.is_reply and chosen.duplicate_of:
            asked = transaction.get_one(Concern, chosen.duplicate_of)
            return redirect(url_for("queue.concern", reference=asked.reference))
        if g.rights.act:
            take_up(transaction, chosen, g.administrator.email, here.now())
        page = gather(here, transaction, chosen, standing)
    return shown(page)


def seen_concern(transaction: Transaction, reference: str) -> Concern:
    """The concern, or reply, of a reference. Raises `ReferenceUnknown`, also if the person may not see it."""
    return seen_with_standing(transaction, reference)[0]


def seen_with_standing(transaction: Transaction, reference: str) -> tuple[Concern, Standing]:
    """Like `seen_concern`, with its standing, in a single query."""
    query = (
        select(Concern, Committee, AgendaItem, Meeting, Contact)
        .outerjoin(Committee, Committee.code == Concern.committee)
        .outerjoin(AgendaItem, AgendaItem.id == Concern.item_id)
        .outerjoin(Meeting, Meeting.id == AgendaItem.meeting_id)
        .outerjoin(Contact, Contact.id == Concern.contact_id)
        .where(Concern.reference == reference)
    )
    row = transaction.execute(query).first()
    if row is None:
        raise ReferenceUnknown
    chosen, committee, item, meeting, contact = row
    asked = transaction.get(Concern, chosen.duplicate_of) if chosen.is_reply else chosen
    if asked is None or not g.access.sees(asked):
        raise ReferenceUnknown
    return chosen, Standing(committee, item, meeting, contact)


def shown(page: ConcernPage, typed: Mapping[str, str] | None = None, preview: Preview | None = None) -> str:
    """The page, with what was typed in its forms and the preview of an answer, if there is one."""
    return render_template(
        "queue/concern.html", page=page, given=page.given, typed=defaultdict(str, typed or {}), preview=preview
    )


def gather(here: Deployment, transaction: Transaction, chosen: Concern, standing: Standing) -> ConcernPage:
    """Reads and opens what the page shows. Opening the text writes a line of audit."""
    address = read_address(here)
    words = open_concern(here, transaction, chosen, g.administrator.email, UNREADABLE)
    words = replace(words, text=masked_as_written(words.text, here.pack))
    contact, events, alerts = standing.contact, history(transaction, chosen), list(alerts_of(transaction, chosen))
    following = next_open(transaction, g.access, address.filter, chosen)
    return ConcernPage(
        concern=chosen,
        urgency=urgency_label(chosen),
        state=state_label(chosen),
        commune=commune_label(here.pack, chosen.commune),
        reading=_reading(here, chosen, any(event.what == "corrected" for event in events)),
        why=masked_as_written(", ".join(words.why), here.pack),
        reasons=[REASONS.get(reason, reason) for reason in chosen.reasons],
        seen_by=who_saw(chosen.taken_up_by),
        words=words,
        standing=standing,
        alerts=alerts,
        duty_missing=any(is_undelivered_late(alert) for alert in alerts),
        thread=thread(here, chosen, said_again(transaction, chosen), sent_about(transaction, chosen)),
        notes=note_lines(here, notes_of(transaction, chosen)),
        history=history_lines(here, events),
        similar=[concern_row(here, each, (), {}) for each in similar_to(transaction, g.access, chosen)],
        following=following.reference if following else "",
        address=address,
        language=spoken_with(here, chosen, contact),
        ready=_labels(here, "ready.") | _answers(spoken_with(here, chosen, contact)),
        questions=_labels(here, "ask."),
        can_be_asked=contact is not None and contact.msisdn_sealed is not None and contact.muted_at is None,
    )


def _reading(here: Deployment, chosen: Concern, is_corrected: bool) -> str:
    """Category, kind, and who chose them: a colleague, or triage, which says how sure it was of the category."""
    parts = [category_label(here.pack, chosen.category, _("pas encore lue"))]
    if chosen.kind:
        parts.append(KINDS[chosen.kind])
    if is_corrected:
        parts.append(_("corrigée à la main"))
    elif chosen.confidence is not None and "category_unsure" not in chosen.reasons:
        parts.append(_("lecture automatique, confiance %(percent)s %%", percent=round(chosen.confidence * 100)))
    return " · ".join(parts)


def _answers(language: Language) -> dict[str, str]:
    """The language's own ready answers, which have names."""
    return {
        f"{READY}{name}": _("%(name)s : %(answer)s", name=name, answer=answer)
        for name, answer in language.ready_answers.items()
    }


def ready_text(page: ConcernPage, key: str) -> str:
    """The ready text of a key, in the language in which the citizen is answered; empty for an unknown key."""
    if key not in {**page.ready, **page.questions}:
        return ""
    return page.language.ready_answers.get(key.removeprefix(READY), page.language.texts.get(key, ""))


def _labels(here: Deployment, prefix: str) -> dict[str, str]:
    """The ready texts whose keys begin with `prefix`, in the pack's first language, as their reader chooses them."""
    return {key: text for key, text in here.pack.first_language.texts.items() if key.startswith(prefix)}


@queue.get("/concerns/<reference>/items")
@signed_in
def concern_items(reference: str) -> str:
    """The items that a concern may join."""
    here = deployment()
    with here.database.read() as transaction:
        chosen = seen_concern(transaction, reference)
        items = [item for item in items_to_join(transaction, here.pack, chosen) if may_read(item)]
    return render_template("queue/concern_items.html", concern=chosen, items=items, given=list_arguments())


def list_arguments() -> dict[str, Any]:
    """The list's filter as it stands in this request's address."""
    return {name: value for name in NAMES if (value := request.args.get(name, ""))}
