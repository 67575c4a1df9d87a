"""Who saw and did what: one line for each act, each chained by hash to the one before; no number and no text.

Lines are gathered through a transaction and written at its very end, one transaction after the other: the chain
takes its lock last, when nothing else is waited for, and so can stand in nobody's way.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select, text
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


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the audit is narrowed to; None is any. `actor` is a part of who acted, `until` the first moment after."""

    actor: str | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def limit(self, query: Select[AuditLine]) -> Select[AuditLine]:
        """The same in SQL."""
        if self.actor:
            query = query.where(AuditLine.actor.icontains(self.actor, autoescape=True))
        if self.what:
            query = query.where(AuditLine.what == self.what)
        if self.since:
            query = query.where(AuditLine.at >= self.since)
        if self.until:
            query = query.where(AuditLine.at < self.until)
        return query


def audit_page(
    transaction: Transaction, before: int | None, narrowed: AuditFilter, most: int = 100
) -> Sequence[AuditLine]:
    """The lines before one, newest first."""
    query = narrowed.limit(select(AuditLine)).order_by(AuditLine.id.desc()).limit(most)
    return transaction.scalars(query.where(AuditLine.id < before) if before else query).all()


def audit_batches(transaction: Transaction, narrowed: AuditFilter) -> Iterator[Sequence[AuditLine]]:
    """All lines of a filter, oldest first, some at a time: none is kept in memory longer."""
    after = 0
    while True:
        query = narrowed.limit(select(AuditLine)).where(AuditLine.id > after).order_by(AuditLine.id).limit(BATCH)
        rows = transaction.scalars(query).all()
        if not rows:
            return
        after = rows[-1].id
        yield rows
        transaction.expunge_all()


@dataclass(frozen=True, slots=True)
class Verified:
    """`broken` is the number of the first line that does not follow from the one before; None is a whole chain."""

    lines: int
    head: str
    broken: int | None
    head_seen: bool = False


def verify_chain(transaction: Transaction, head: str | None = None) -> Verified:
    """Walks the chain from its first line. A line that was changed, left out or put in shows as broken.

    `head_seen` says whether a head that was logged before still stands in it: a chain that was cut or written again
    lacks that head.
    """
    last, lines, seen = START, 0, False
    for line in itertools.chain.from_iterable(audit_batches(transaction, AuditFilter())):
        lines += 1
        if line.mark != _mark(last, line):
            return Verified(lines, last.hex(), line.id, seen)
        last = line.mark
        seen = seen or last.hex() == head
    return Verified(lines, last.hex(), None, seen)


def _mark(before: bytes, line: AuditLine) -> bytes:
    content = [line.at.astimezone(UTC).isoformat(), line.actor, line.what, line.detail]
    return hashlib.sha256(before + json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).digest()
