"""After a chaos run: what was answered with success, compared with what the database holds."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime

from sqlalchemy import select

from storage.concerns.concerns import TEXT
from storage.database import Database
from storage.enumerations import Work
from storage.safety.vault import Vault
from storage.tables.concerns import Concern
from storage.tables.messages import OutboxRow, Receipt
from tests.support.load import Load

SETTLES = 180.0
"""Seconds that the worker may take to read what is left when the load has ended."""


class Account:
    """Compares the database with what was answered with success."""

    def __init__(
        self, load: Load, texts: Counter[str], references: dict[str, str], receipts: set[tuple[str, str]]
    ) -> None:
        missing = [fault for marker, fault in load.accepted.items() if texts[marker] == 0]
        twice = [load.accepted.get(marker, "unanswered") for marker, count in texts.items() if count > 1]
        self.lost, self.doubled = Counter(missing), Counter(twice)
        self.kept = Counter(fault for marker, fault in load.accepted.items() if texts[marker] == 1)
        self.receipts_lost = len(load.receipts - receipts)
        self.wrong_references = sum(
            references.get(marker) != reference for marker, reference in load.references.items()
        )


def settle(database: Database, secret: str, load: Load) -> Account:
    """Waits until the worker has read everything, counts the markers in the texts, and closes the database."""
    vault = Vault((secret,))

    def left() -> list[tuple[datetime, int]]:
        with database.read() as transaction:
            rows = transaction.execute(select(OutboxRow.due_at, OutboxRow.tries).where(OutboxRow.work == Work.TRIAGE))
            return [(due_at, tries) for due_at, tries in rows]

    until = time.monotonic() + SETTLES
    while rows := left():
        assert time.monotonic() < until, f"not everything was read (due, tries): {rows[:5]} of {len(rows)}"
        time.sleep(0.2)
    texts: Counter[str] = Counter()
    references: dict[str, str] = {}
    with database.read() as transaction:
        for sealed, reference, triaged in transaction.execute(
            select(Concern.text_sealed, Concern.reference, Concern.triaged_at)
        ):
            marker = vault.open(TEXT, sealed or b"").rpartition(" ")[2]
            texts[marker] += 1
            references[marker] = reference
            assert triaged is not None
        receipts = {
            (id, state.value) for id, state in transaction.execute(select(Receipt.provider_message_id, Receipt.state))
        }
    database.close()
    return Account(load, texts, references, receipts)


def table(account: Account, load: Load, struck: dict[str, bool]) -> str:
    """A line for each fault, with `struck` saying whether it happened."""
    lines = [f"\n{'fault':<22}{'struck':>8}{'unanswered':>12}{'kept':>8}{'lost':>6}{'twice':>7}"]
    for name, did in struck.items():
        lines.append(
            f"{name:<22}{'yes' if did else '–':>8}{load.unanswered.get(name, 0):>12}{account.kept[name]:>8}"
            f"{account.lost[name]:>6}{account.doubled[name]:>7}"
        )
    total = f"{load.events} events, {len(load.accepted)} reports and {len(load.receipts)} receipts taken"
    return "\n".join([*lines, total])
