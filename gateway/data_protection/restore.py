"""Restores a backup. People erased since then stay erased, and SMS sent since then are not sent again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from gateway.data_protection.erasure_journal import journal
from gateway.runtime.deployment import Deployment
from storage.data_protection.backups import BackupError, backup_moment, restore
from storage.data_protection.erasure_journal import Journal
from storage.data_protection.past import Moment, Past
from storage.data_protection.since_backup import Applied, apply_past, continues, hold_queued, read_past
from storage.safety.audit import write_line
from storage.tables.concerns import Concern

NOBODY_KNOWS = (
    "nobody knows who was erased and what was sent since: neither the database nor a journal tells it "
    "(--journal FILE names another host's; with --without-journal what was queued is held for a person)"
)


@dataclass(slots=True)
class Restored:
    """What a restore did: the concerns that are there now, and what was applied to them from `source`."""

    source: str
    concerns: int = 0
    erased: int = 0
    settled: int = 0
    held: int = 0


@dataclass(slots=True)
class _Mending:
    """Applies what happened since the backup, in one transaction, before anybody works with the copy."""

    deployment: Deployment
    past: Past | None
    actor: str
    done: Restored

    def __call__(self, transaction: Transaction) -> None:
        now = self.deployment.now()
        applied = apply_past(transaction, self.deployment.vault, self.past, now) if self.past else Applied(0, 0)
        self.done.erased, self.done.settled = applied.erased, applied.settled
        if self.past is None:
            self.done.held = hold_queued(transaction, now)
        self.done.concerns = transaction.scalar(select(func.count()).select_from(Concern)) or 0
        write_line(
            transaction, now, self.actor, "restored",
            source=self.done.source, erased=applied.erased, settled=applied.settled, held=self.done.held,
        )  # fmt: skip


def bring_back(deployment: Deployment, file: Path, other: Path | None, without_journal: bool, actor: str) -> Restored:
    """Restores `file`. Raises `BackupError` or `VaultError`; in that case nothing has changed.

    `other` is another host's journal. `without_journal` restores even if nothing is known of the time since the backup.
    """
    moment = backup_moment(deployment.vault, file)
    source, past = _past_since(deployment, moment, other)
    if past is None and not without_journal:
        raise BackupError(NOBODY_KNOWS)
    mending = _Mending(deployment, past, actor, Restored(source))
    restore(deployment.database, deployment.vault, file, mending)
    return mending.done


def _past_since(deployment: Deployment, moment: Moment | None, other: Path | None) -> tuple[str, Past | None]:
    """Returns where the events since the backup were read, and the events.

    They come from the database that is replaced, if it is a later state of the copy; otherwise from the journal.
    """
    if moment is None:
        return "nowhere", None
    try:
        with deployment.database.read() as transaction:
            known = read_past(transaction, deployment.now()) if continues(transaction, moment) else None
    except SQLAlchemyError:
        known = None  # not there, damaged, or of an older release
    if known and known.begins_at <= moment.made_at:
        return "the database", known
    kept = Journal(other, deployment.vault) if other else journal(deployment)
    try:
        known = kept.read()
    except OSError as error:
        raise BackupError(f"the journal cannot be read ({error.strerror})") from None
    if known and known.begins_at <= moment.made_at:
        return "the journal", known
    return "nowhere", None
