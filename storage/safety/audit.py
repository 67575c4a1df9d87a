"""The audit: one line for each act, chained by hash to the line before; without phone numbers and texts.

The lines of a transaction are collected and written at its end. The chain's lock is therefore taken last, so that it
cannot cause a deadlock, and is held only for a short time.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, insert, select, text
from sqlalchemy.orm import Session as Transaction

from storage.tables.audit import AuditLine

PENDING = "audit lines"
CHAIN = 0x43435341
"""The number of the chain's advisory lock in PostgreSQL. SQLite needs none: it has one writer at a time."""
START = b"\0" * 32
BATCH = 1000


def write_line(transaction: Transaction, now: datetime, actor: str, what: str, **detail: Any) -> None:
    """Adds a line, which is written when the transaction ends. `detail` holds codes and references only."""
    transaction.info.setdefault(PENDING, []).append((now, actor, what, detail))


def write_chain(transaction: Transaction) -> None:
    """Writes the collected lines of a transaction. The database calls it before each commit."""
    pending = transaction.info.pop(PENDING, ())
    if not pending:
        return
    transaction.flush()
    if transaction.get_bind().dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": CHAIN})
    last = transaction.scalars(select(AuditLine.mark).order_by(AuditLine.id.desc()).limit(1)).first() or START
    rows = []
    for now, actor, what, detail in pending:
        last = _mark(last, AuditLine(at=now, actor=actor, what=what, detail=detail))
        rows.append({"at": now, "actor": actor, "what": what, "detail": detail, "mark": last})
    # One statement that is executed for each row in turn: the ids grow in the order of the chain.
    transaction.execute(insert(AuditLine), rows)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """A filter of the audit; None is any value. `actor` is a part of the name, `until` is the first time after it."""

    actor: str | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def limit(self, query: Select[AuditLine]) -> Select[AuditLine]:
        """Adds the conditions of the filter to a query."""
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
    """Up to `most` lines with ids below `before` (None: all), the newest first."""
    query = narrowed.limit(select(AuditLine)).order_by(AuditLine.id.desc()).limit(most)
    return transaction.scalars(query.where(AuditLine.id < before) if before else query).all()


def audit_batches(transaction: Transaction, narrowed: AuditFilter) -> Iterator[Sequence[AuditLine]]:
    """All lines of a filter in batches, the oldest first; only one batch is in memory."""
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
    """The result of `verify_chain`. `broken` is the id of the first wrong line; None if the chain is intact."""

    lines: int
    head: str
    broken: int | None
    head_seen: bool = False


def verify_chain(transaction: Transaction, head: str | None = None) -> Verified:
    """Checks the chain from its first line. It is broken where a line was changed, removed or inserted.

    `head_seen` says whether the chain contains `head`, an end of the chain that was logged earlier. A chain that was
    cut or written again does not contain it.
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
