"""An answer or a question as its citizen would read it, before it is sent: text, parts, price, and when it goes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session as Transaction

from flows.screen import count_segments, to_gsm
from gateway.committees.one_concern.questions import question_text
from gateway.committees.one_concern.undo import UNDO_FOR
from gateway.outbound.citizen_notifications import closing_text, foreseen, spoken_with
from gateway.queue.promises import when_it_goes
from gateway.runtime.deployment import Deployment
from storage.tables.concerns import Concern
from storage.tables.people import Contact


@dataclass(frozen=True, slots=True)
class Preview:
    """The SMS of an answer or a question. `what` is its form: `close` or `ask`; `parts` are SMS segments."""

    what: str
    text: str
    parts: int
    price: str
    goes: str


def preview(here: Deployment, transaction: Transaction, concern: Concern, what: str, typed: str) -> Preview:
    """The SMS that this text would become now, in the GSM alphabet."""
    contact = transaction.get(Contact, concern.contact_id) if concern.contact_id else None
    written = " ".join(typed.split())
    if what == "ask":
        text = question_text(here, concern, contact, written)
    else:
        text = closing_text(spoken_with(here, concern, contact), concern.reference, written)
    shown = to_gsm(text)
    parts = count_segments(shown)
    promise = foreseen(here, transaction, concern, contact, parts, UNDO_FOR, is_question=what == "ask")
    return Preview(what, shown, parts, str(here.pack.price(parts)), when_it_goes(promise))
