"""Who saw and did what: one line for each act, each chained by hash to the one before; no number and no text.

Lines are gathered through a transaction and written at its very end, one transaction after the other: the chain
takes its lock last, when nothing else is waited for, and so can stand in nobody's way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session as Transaction

from storage.tables.audit import AuditLine

PENDING = "audit lines"
CHAIN = 0x43435341
"""The number of the chain's advisory lock in PostgreSQL; SQLite has one writer at a time anyhow."""
START = b"\0" * 32
BATCH = 1000


def write_line(transaction: Transaction, now: datetime, actor: str, what: str, **detail: Any) -> None:
    """One line more, written when the transaction ends; `detail` holds codes and references alone."""
    transaction.info.setdefault(PENDING, []).append((now, actor, what, detail))


def write_chain(transaction: Transaction) -> None:
    """Called by `Database.write` before the commit."""
    pending = transaction.info.pop(PENDING, ())
    if not pending:
        return
    transaction.flush()
    if transaction.get_bind().dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": CHAIN})
    last = transaction.scalars(select(AuditLine.mark).order_by(AuditLine.id.desc()).limit(1)).first() or START
    for now, actor, what, detail in pending:
        line = AuditLine(at=now, actor=actor, what=what, detail=detail)
        line.mark = last = _mark(last, line)
        transaction.add(line)
        transaction.flush()


def audit_page(transaction: Transaction, before: int | None, most: int = 100) -> Sequence[AuditLine]:
    """The lines before one, newest first."""
    query = select(AuditLine).order_by(AuditLine.id.desc()).limit(most)
    return transaction.scalars(query.where(AuditLine.id < before) if before else query).all()


@dataclass(frozen=True, slots=True)
class Verified:
    """`broken` is the number of the first line that does not follow from the one before; None is a whole chain."""

    lines: int
    head: str
    broken: int | None
    head_seen: bool = False


def verify_chain(transaction: Transaction, head: str | None = None) -> Verified:
    """Walks the chain from its first line. A line that was changed, left out or put in shows as broken.

    `head_seen` says whether a head that was told before still stands in it: a chain cut or written anew lacks it.
    """
    last, lines, seen = START, 0, False
    for line in _lines(transaction):
        lines += 1
        if line.mark != _mark(last, line):
            return Verified(lines, last.hex(), line.id, seen)
        last = line.mark
        seen = seen or last.hex() == head
    return Verified(lines, last.hex(), None, seen)


def _lines(transaction: Transaction) -> Iterator[AuditLine]:
    after = 0
    while True:
        query = select(AuditLine).where(AuditLine.id > after).order_by(AuditLine.id).limit(BATCH)
        rows = transaction.scalars(query).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].id
        transaction.expunge_all()


def _mark(before: bytes, line: AuditLine) -> bytes:
    content = [line.at.astimezone(UTC).isoformat(), line.actor, line.what, line.detail]
    return hashlib.sha256(before + json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).digest()
