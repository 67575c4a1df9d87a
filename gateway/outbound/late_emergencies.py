"""Tells a duty number once of emergencies that nobody has taken up in time, and of messages that may be emergencies.

An alert may have reached a phone although nobody has acted on it. `storage.concerns.taking_up` defines what counts as
taking up; the start page of the web queue shows the same concerns as late.
"""

from __future__ import annotations

from itertools import groupby

from sqlalchemy.orm import Session as Transaction

from flows.triage import Urgency
from gateway.outbound.alerts import region_behind, send_next
from gateway.runtime.deployment import Deployment
from storage.concerns.concerns import record
from storage.concerns.taking_up import late_and_untold
from storage.enumerations import AlertKind
from storage.messages.alerts import open_alert, owe_alert
from storage.tables.concerns import Concern


def tell_late_emergencies(deployment: Deployment) -> int:
    """Sends one SMS for each region and kind of alert; returns how many concerns these are about."""
    now = deployment.now()
    with deployment.database.read() as transaction:
        if not late_and_untold(transaction, now, 1):
            return 0
    with deployment.database.write() as transaction:
        late = sorted(late_and_untold(transaction, now), key=lambda concern: _whose(deployment, concern))
        for (kind, area), group in groupby(late, key=lambda concern: _whose(deployment, concern)):
            _tell(deployment, transaction, AlertKind(kind), area, list(group))
    deployment.wake_worker(urgent=True)
    return len(late)


def _whose(deployment: Deployment, concern: Concern) -> tuple[str, str]:
    """The kind of the alert, and the region whose duty number gets it; the country if no region is known."""
    kind = AlertKind.LATE if concern.urgency == Urgency.EMERGENCY else AlertKind.MAY_BE_URGENT
    return kind.value, region_behind(deployment.pack, concern)[1]


def _tell(
    deployment: Deployment, transaction: Transaction, kind: AlertKind, area: str, concerns: list[Concern]
) -> None:
    now = deployment.now()
    owed = [owe_alert(transaction, concern, now, kind.value)[0] for concern in concerns]
    # Without a committee: its secretaries have had their alert already.
    is_sent = send_next(deployment, transaction, open_alert(transaction, owed, kind, (None, area), now))
    for concern in concerns:
        concern.late_told_at = now
        if is_sent:
            record(transaction, concern, now, "triage", "told_late", kind=kind.value)
