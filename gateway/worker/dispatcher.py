"""Does the work that waits in the database. The jobs of `gateway.worker.jobs` call this module."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from datetime import timedelta

from gateway.committees.one_concern.undo import drop_old_steps
from gateway.data_protection.erasure_journal import keep_journal
from gateway.data_protection.published_figures import publish_figures
from gateway.data_protection.retention import nightly
from gateway.outbound.alerts import follow_up
from gateway.outbound.broadcasts import send_broadcasts
from gateway.outbound.citizen_notifications import send_due_notifications
from gateway.outbound.digests import send_due_digests
from gateway.outbound.late_emergencies import tell_late_emergencies
from gateway.outbound.provider_routing import ProviderRouting, move_shares
from gateway.outbound.secretary_notifications import send_reminders
from gateway.outbound.sender import BATCH as SENDING_BATCH
from gateway.outbound.sender import send_batch
from gateway.outbound.surge_alerts import send_surge_alerts
from gateway.runtime.deployment import Deployment
from gateway.runtime.wake_worker import enqueue_drain
from gateway.sms.inbound import take_incomplete
from gateway.sms.unfinished_reports import ask_about_drafts
from gateway.ussd.progress import RESTS_AFTER, write_waiting_progress
from gateway.worker.parts import parts
from gateway.worker.triage import BATCH as READING_BATCH
from gateway.worker.triage import read_batch
from storage.committees.carried_over import carry_over, late_items
from storage.committees.committees import next_meeting
from storage.committees.competence import closed_with_items, collect_strays
from storage.data_protection.database_checks import WELL, check_row
from storage.enumerations import Priority, Work
from storage.figures.summing import sum_days
from storage.messages.outbox import LAST, Claim, ClaimLost, claim_work, count_waiting, is_waiting, mend_clock, next_due
from storage.safety.wrong_references import drop_old_wrong
from storage.sessions.filed import drop_old_filed
from storage.sessions.in_database import drop_old_sessions

SOON = timedelta(minutes=10)
"""Work that is due later than this is found by the sweep early enough."""
LONGEST_RUN = 5.0
"""Seconds after which a drain hands over to a new job, and a look ends.

Under load the work never ends. Between two jobs RQ registers the worker again (Redis may have been emptied), and a
sweep gets its turn. Between two looks the thread checks whether the process is to end.
"""

LONGEST_SUMMING = 2.0
"""Seconds that a sweep spends on the dashboard's sums."""

log = logging.getLogger(__name__)


def drain() -> None:
    """Does all work that waits, in batches.

    It removes the wake-up first and claims work afterwards; `gateway.runtime.wake_worker` explains why.
    """
    deployment, routing = parts.get()
    deployment.wake_worker.taken_up()
    with parts.draining:
        done = drain_all(deployment, routing, time.monotonic() + LONGEST_RUN)
    if done:
        _come_back(deployment)
    else:
        deployment.wake_worker(urgent=True)


def _come_back(deployment: Deployment) -> None:
    """Plans a drain for when its first row is due: a second try after ten seconds must not wait for the sweep."""
    with deployment.database.read() as transaction:
        now = deployment.now()
        due = next_due(transaction, now)
    if due and due - now < SOON:
        deployment.wake_worker.later((due - now).total_seconds())


def look() -> None:
    """Does the work that waits if no job does it, without asking Redis, which may be down or have lost the wake-up.

    First it stores the progress of USSD sessions, if Redis is available, and shortens SQLite's log. If that fails, the
    work is done all the same.
    """
    deployment = parts.get()[0]
    try:
        write_waiting_progress(deployment, RESTS_AFTER)
        deployment.database.shorten_log()
    finally:
        _drain_unless_under_way()


def _drain_unless_under_way() -> None:
    if not parts.draining.acquire(blocking=False):
        return
    try:
        deployment, routing = parts.get()
        with deployment.database.read() as transaction:
            waiting = is_waiting(transaction, deployment.now())
        if waiting:
            drain_all(deployment, routing, time.monotonic() + LONGEST_RUN)
    finally:
        parts.draining.release()


def sweep() -> None:
    """Every minute: does what is due by the clock, and the work that a lost wake-up or a dead worker has left."""
    deployment, routing = parts.get()
    sweep_all(deployment, routing, parts.clock_is_trusted(deployment))


def sweep_all(deployment: Deployment, routing: ProviderRouting, by_the_hour: bool = True) -> None:
    """Runs all chores. If one fails, the others still run, and the first error is raised at the end.

    With `by_the_hour` false only the last four run, because the clock cannot be trusted.
    """
    due: tuple[Callable[[], object], ...] = (
        lambda: follow_up(deployment, routing.without_receipts),
        lambda: tell_late_emergencies(deployment),
        lambda: move_shares(deployment, routing.order),
        lambda: ask_about_drafts(deployment),
        lambda: take_incomplete(deployment),
        lambda: send_due_notifications(deployment),
        lambda: send_broadcasts(deployment),
        lambda: send_reminders(deployment),
        lambda: nightly(deployment),
        lambda: publish_figures(deployment),
        lambda: _sum_days(deployment),
        lambda: _drop_old_sessions(deployment),
        lambda: deployment.database.wipe_log(),
        lambda: _check_row(deployment),
        lambda: keep_journal(deployment),
        lambda: _ask_for_what_waits(deployment),
    )
    errors = []
    for chore in due if by_the_hour else due[-4:]:
        try:
            chore()
        except Exception as error:  # noqa: BLE001 - raised below
            errors.append(error)
    if errors:
        raise errors[0]


def _sum_days(deployment: Deployment) -> None:
    """Brings the dashboard's sums up to date for a short while; the next sweep goes on."""
    sum_days(deployment.database, deployment.layout, deployment.now(), time.monotonic() + LONGEST_SUMMING)


def _drop_old_sessions(deployment: Deployment) -> None:
    for drop in (drop_old_sessions, drop_old_filed, drop_old_wrong, drop_old_steps):
        with deployment.database.write() as transaction:
            drop(transaction, deployment.now())


def _check_row(deployment: Deployment) -> None:
    if (state := check_row(deployment.database, deployment.now())) != WELL:
        log.error("the database: %s", state)


def _ask_for_what_waits(deployment: Deployment) -> None:
    with deployment.database.write() as transaction:
        if mended := mend_clock(transaction, deployment.now()):
            log.warning("the clock was ahead: %s rows of work wait no longer than was meant", mended)
        waiting = count_waiting(transaction, deployment.now())
    if waiting:
        enqueue_drain(deployment.redis)


def send_digests() -> None:
    """Every few minutes: sends due digests and surge alerts, and moves open items of past meetings to the next one."""
    deployment, _ = parts.get()
    if not parts.clock_is_trusted(deployment):
        return
    _move_items(deployment)
    if send_surge_alerts(deployment) + send_due_digests(deployment):
        deployment.wake_worker()


def _move_items(deployment: Deployment) -> None:
    """Opens a write transaction only if there is something to move."""
    now = deployment.now()
    with deployment.database.read() as transaction:
        if not closed_with_items(transaction) and not late_items(transaction, now):
            return
    with deployment.database.write() as transaction:
        collect_strays(transaction, deployment.pack, now)
        carry_over(transaction, lambda committee: next_meeting(transaction, deployment.pack, committee, now), now)


def drain_all(deployment: Deployment, routing: ProviderRouting, until: float) -> bool:
    """Sends alerts first, then reads concerns, then sends all other messages, so that an emergency does not wait.

    Returns whether everything was done; false if the time (`until`, of `time.monotonic`) ran out first.
    """

    def read(claim: Claim) -> None:
        read_batch(deployment, claim)

    def send(claim: Claim) -> None:
        send_batch(deployment, routing, claim)

    kinds: tuple[tuple[Work, Priority, int, Callable[[Claim], None]], ...] = (
        (Work.SEND, Priority.URGENT, SENDING_BATCH, send),
        (Work.TRIAGE, LAST, READING_BATCH, read),
        (Work.SEND, LAST, SENDING_BATCH, send),
    )
    while time.monotonic() < until:
        for work, last, most, do in kinds:
            if claim := _claimed(deployment, work, last, most):
                # The lease ran out: the worker that has the rows now does the work.
                with contextlib.suppress(ClaimLost):
                    do(claim)
                break
        else:
            return True
    return False


def _claimed(deployment: Deployment, work: Work, last: Priority, most: int) -> Claim | None:
    """Claims work of one kind. If nothing waits, no write transaction is opened."""
    with deployment.database.read() as transaction:
        if not is_waiting(transaction, deployment.now(), work, last):
            return None
    with deployment.database.write() as transaction:
        claim = claim_work(transaction, work, deployment.now(), most, last)
    return claim if claim.subjects else None
