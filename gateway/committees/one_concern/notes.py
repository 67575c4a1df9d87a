"""Notes that colleagues leave on a concern."""

from __future__ import annotations

from sqlalchemy.orm import Session as Transaction

from gateway.committees.concerns import ActRefused
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import record
from storage.concerns.notes import add_note
from storage.refusals import Why
from storage.tables.concerns import Concern

LONGEST_NOTE = 2000
"""Characters."""


def leave_note(deployment: Deployment, transaction: Transaction, concern: Concern, author: str, text: str) -> None:
    """Stores a note for those who may see the concern; its citizen never reads it.

    Raises `ActRefused` if the text is empty or too long.
    """
    text = text.strip()
    if not text:
        raise ActRefused(Why.NOTE_EMPTY)
    if len(text) > LONGEST_NOTE:
        raise ActRefused(Why.NOTE_TOO_LONG, most=LONGEST_NOTE)
    add_note(transaction, deployment.vault, concern, author, text, deployment.now())
    record(transaction, concern, deployment.now(), author, "noted")
