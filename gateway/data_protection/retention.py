"""The nightly work: erases old data, checks the database, and logs the head of the audit."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Transaction

from gateway.data_protection.erasure_journal import journal
from gateway.runtime.deployment import Deployment
from storage.data_protection.database_checks import WELL, check_pages
from storage.data_protection.purge import Purged, purge
from storage.database import ERASES
from storage.messages.inbound_events import first_time
from storage.safety.audit import verify_chain, write_line
from storage.safety.vault import VaultError
from storage.tables.audit import AuditLine
from storage.tables.base import UtcDateTime

NIGHT = range(2, 6)
"""Hours, local."""

UNUSUAL = timedelta(days=35)
"""The time since the last purge from which a person has to check the clock first."""

log = logging.getLogger(__name__)


def purge_now(deployment: Deployment, actor: str) -> Purged:
    """Erases data that is older than the pack allows, and writes one line to the audit."""
    gone = purge(deployment.database, deployment.pack, deployment.now())
    with deployment.database.write() as transaction:
        transaction.info[ERASES] = True
        write_line(
            transaction, deployment.now(), actor, "purged",
            texts=gone.texts, numbers=gone.numbers, messages=gone.messages, technical=gone.technical,
        )  # fmt: skip
    return gone


def last_purge(transaction: Transaction) -> datetime | None:
    """Returns when data was last purged, according to the audit; None if never."""
    return transaction.scalar(select(func.max(AuditLine.at, type_=UtcDateTime())).where(AuditLine.what == "purged"))


def nightly(deployment: Deployment) -> bool:
    """Does the nightly work once a night, for the first process that asks; returns whether it was this call.

    Purges nothing if the last purge was longer ago than `UNUSUAL`.
    """
    now = deployment.now()
    local = now.astimezone(deployment.pack.time_zone)
    if local.hour not in NIGHT:
        return False
    with deployment.database.write() as transaction:
        if not first_time(transaction, deployment.vault, "timetable", "nightly", f"{local:%Y-%m-%d}", now=now):
            return False
    if (state := check_pages(deployment.database, now)) != WELL:
        log.error("the database's pages: %s. If damaged, bring the last backup back (docs/deployment.md)", state)
    try:
        journal(deployment).write_anew(now)
    except (OSError, VaultError) as error:
        log.error("the journal in DATA_DIR cannot be written anew (%s)", type(error).__name__)
    with deployment.database.read() as transaction:
        last = last_purge(transaction)
    if last and now - last > UNUSUAL:
        # A clock that jumps a year ahead must not cost every text that there is.
        log.error("nothing is purged: by this clock the last time is %s days ago. Is the clock right? "
                  "Then run `gateway purge` once.", (now - last).days)  # fmt: skip
        return False
    gone = purge_now(deployment, "timetable")
    log.info("purged %s texts, %s numbers, %s texts of SMS", gone.texts, gone.numbers, gone.messages)
    with deployment.database.read() as transaction:
        verified = verify_chain(transaction)
    if verified.broken:
        log.error("the audit is broken at line %s: `gateway audit verify`", verified.broken)
    else:
        # Kept elsewhere, this shows later whether the whole chain was written anew.
        log.info("audit: %s lines, head %s", verified.lines, verified.head)
    return True
