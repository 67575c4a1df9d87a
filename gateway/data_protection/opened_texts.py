"""Decrypts a citizen's words for a person to read. Each time is written to the audit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session as Transaction

from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import ANSWER, TEXT, WHY
from storage.safety.audit import write_line
from storage.tables.concerns import Concern


@dataclass(frozen=True, slots=True)
class Opened:
    """A concern's words: what was written, the words that decided its reading, and the answer; each may be empty."""

    text: str
    why: tuple[str, ...]
    answer: str


def open_concern(
    deployment: Deployment, transaction: Transaction, concern: Concern, actor: str, missing: str | None = None
) -> Opened:
    """Returns the words of a concern. If the key of a text is gone, `missing` replaces it.

    Raises `VaultError` in that case if `missing` is None.
    """
    write_line(transaction, deployment.now(), actor, "concern_seen", reference=concern.reference)
    vault = deployment.vault

    def opened(column: str, sealed: bytes | None) -> str:
        if missing is not None:
            return vault.readable(column, sealed, missing)
        return vault.open(column, sealed) if sealed else ""

    return Opened(
        text=opened(TEXT, concern.text_sealed),
        why=tuple(opened(WHY, concern.why_sealed).splitlines()),
        answer=opened(ANSWER, concern.answer_sealed),
    )
