"""Reads the concerns that wait: triage, agenda, acknowledgement and alert of each concern in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as Transaction

from flows.triage import Reading, Urgency
from gateway.outbound.alerts import alert
from gateway.runtime.deployment import Deployment
from gateway.runtime.logs import innermost, log_step
from gateway.runtime.metrics import TRIAGE_SECONDS
from gateway.worker.low_priority import at_low_priority
from gateway.worker.settling import settle_group
from storage.concerns.concerns import TEXT
from storage.connection import connection_of
from storage.enumerations import Work
from storage.messages.outbox import Claim, ClaimLost, finish_work, postpone_work
from storage.paced_writes import write_in_groups
from storage.safety.vault import VaultError
from storage.tables.concerns import Concern
from storage.tables.people import Contact

BATCH = 100
PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)
"""How long a concern that failed waits for its second try, and for any further one; the pauses double."""
_CONCERNS, _CONTACTS = Concern.__table__, Contact.__table__
_WAITING = (
    select(_CONCERNS.c.id, _CONCERNS.c.text_sealed, _CONCERNS.c.danger, _CONTACTS.c.usual_place)
    .select_from(_CONCERNS.outerjoin(_CONTACTS, _CONTACTS.c.id == _CONCERNS.c.contact_id))
    .where(_CONCERNS.c.id.in_(bindparam("ids", expanding=True)))
)

log = logging.getLogger(__name__)


def read_batch(deployment: Deployment, claim: Claim) -> None:
    """Reads the claimed concerns outside any transaction, then stores the results in short transactions.

    Emergencies come first. A concern that cannot be settled is tried again later, and the others of its group are
    settled without it; if it is an emergency, it is alerted all the same. Raises `ClaimLost`.
    """
    with deployment.database.read() as transaction:
        rows = connection_of(transaction).execute(_WAITING, {"ids": claim.subjects}).all()
    readings = at_low_priority(lambda: _read_all(deployment, rows))
    urgent = {row.id for row in rows if row.danger or _is_emergency(readings[row.id])}

    def settle(transaction: Transaction, ids: Sequence[int]) -> None:
        finish_work(transaction, Work.TRIAGE, claim, ids)
        settled.extend(settle_group(deployment, transaction, ids, readings))

    def settle_each(ids: Sequence[int], error: Exception) -> None:
        """After a group has failed: settles its concerns one by one, and postpones those that fail again."""
        if isinstance(error, ClaimLost | OperationalError):
            raise error
        if len(ids) > 1:
            for id in ids:
                write_in_groups(deployment.database, [id], settle, settle_each)
        else:
            _postpone(deployment, claim, ids[0], error)
            if ids[0] in urgent:
                _alert_unsettled(deployment, ids[0])

    settled: list[Concern] = []
    ordered = sorted(claim.subjects, key=lambda id: (id not in urgent, id))
    write_in_groups(deployment.database, ordered, settle, settle_each)
    for concern in settled:
        log_step(log, "concern read", concern=concern.id, state=concern.urgency, doubtful=concern.needs_review)


def _read_all(deployment: Deployment, rows: Sequence[Row[*tuple[object, ...]]]) -> dict[int, Reading | None]:
    readings = {}
    for row in rows:
        deployment.database.let_writer_end()
        readings[row.id] = _read(deployment, row)
    return readings


def _read(deployment: Deployment, waiting: Row[*tuple[object, ...]]) -> Reading | None:
    if waiting.text_sealed is None:
        return None
    usual = waiting.usual_place
    try:
        text = deployment.vault.open(TEXT, waiting.text_sealed)
        with TRIAGE_SECONDS.time():
            return deployment.triage.read(text, usual.partition("|")[0] if usual else None)
    except VaultError:
        return None  # the row stays, marked for review: its key may come back
    except Exception as error:  # noqa: BLE001 - one message that cannot be read must not hold up those behind it
        log.error("a concern could not be read: %s at %s", type(error).__name__, innermost(error))
        return None


def _is_emergency(reading: Reading | None) -> bool:
    return reading is not None and reading.urgency is Urgency.EMERGENCY


def _alert_unsettled(deployment: Deployment, id: int) -> None:
    """Alerts of an emergency that could not be settled, before any agenda has it: no fault may silence it."""
    try:
        with deployment.database.write() as transaction:
            concern = transaction.get_one(Concern, id)
            if concern.triaged_at is None:
                concern.urgency, concern.urgency_rank = Urgency.EMERGENCY, Urgency.EMERGENCY.rank
                concern.needs_review = True
                alert(deployment, transaction, concern)
    except Exception as error:  # noqa: BLE001 - the next try alerts; the other concerns must not wait for it
        log.error("concern %s could not be alerted: %s at %s", id, type(error).__name__, innermost(error))


def _postpone(deployment: Deployment, claim: Claim, id: int, error: Exception) -> None:
    """Lets a concern wait for its next try, so that it does not hold up those behind it."""
    log.error("concern %s could not be settled: %s at %s", id, type(error).__name__, innermost(error))
    pause = min(LONGEST_PAUSE, PAUSE * 2 ** min(claim.tries[id] - 1, 10))
    with deployment.database.write() as transaction:
        postpone_work(transaction, Work.TRIAGE, claim, id, deployment.now(), pause)
