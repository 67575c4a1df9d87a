"""Corrections that people made to what triage read, kept as examples for training."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from config.examples import Example
from flows.triage import Kind
from flows.triage.category import OTHER
from storage.concerns.concerns import TEXT
from storage.safety.vault import Vault
from storage.tables.concerns import Concern, Correction


def keep_correction(transaction: Transaction, concern: Concern, now: datetime) -> None:
    """Keeps the commune and category of a concern after a person corrected it; the last correction counts."""
    if concern.text_sealed is None or concern.commune is None or concern.category is None:
        return
    transaction.merge(
        Correction(concern_id=concern.id, commune=concern.commune, category=concern.category, corrected_at=now)
    )


def kept_examples(transaction: Transaction, vault: Vault) -> Iterator[Example]:
    """The corrections as examples, with decrypted texts. Raises `VaultError` if the key of a text is gone.

    All texts of one phone number have one writer; each text without a number has a writer of its own.
    """
    rows = transaction.execute(
        select(Correction, Concern).join(Concern, Concern.id == Correction.concern_id).order_by(Concern.id)
    )
    for correction, concern in rows:
        if concern.text_sealed is None:
            continue
        is_other = correction.category == OTHER
        yield Example(
            text=vault.open(TEXT, concern.text_sealed),
            language=concern.language or "und",
            commune=correction.commune,
            place=concern.place,
            category=correction.category,
            urgency=concern.urgency or "routine",
            kind=(concern.kind if is_other and concern.kind else Kind.CONCERN.value),
            writer=f"number {concern.contact_id}" if concern.contact_id else f"concern {concern.id}",
        )
