"""Notes that colleagues write about a concern for each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from storage.safety.vault import Vault
from storage.tables.concerns import Concern, ConcernNote

NOTE = "concern_notes.text"


def add_note(
    transaction: Transaction, vault: Vault, concern: Concern, author: str, text: str, now: datetime
) -> ConcernNote:
    """Keeps a note, encrypted. The caller writes the line of history."""
    note = ConcernNote(concern_id=concern.id, at=now, author=author, text_sealed=vault.seal(NOTE, text))
    transaction.add(note)
    return note


def notes_of(transaction: Transaction, concern: Concern) -> Sequence[ConcernNote]:
    """The notes about a concern, the oldest first."""
    return transaction.scalars(
        select(ConcernNote).where(ConcernNote.concern_id == concern.id).order_by(ConcernNote.at, ConcernNote.id)
    ).all()
