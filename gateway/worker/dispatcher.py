"""Drains what waits in the database; the jobs of `gateway.worker.jobs` end here."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from config.pack import Pack
from config.settings import Settings, load_settings
from flows.triage import Triage
from gateway.committees.one_concern.undo import drop_old_steps
from gateway.data_protection.erasure_journal import keep_journal
from gateway.data_protection.published_figures import publish_figures
from gateway.data_protection.retention import nightly
from gateway.outbound.alerts import follow_up
from gateway.outbound.broadcasts import send_broadcasts
from gateway.outbound.citizen_notifications import send_due_notifications
from gateway.outbound.digests import send_due_digests
from gateway.outbound.late_emergencies import tell_late_emergencies
from gateway.outbound.provider_routing import ProviderRouting, move_shares, provider_routing
from gateway.outbound.secretary_notifications import send_reminders
from gateway.outbound.sender import BATCH as SENDING_BATCH
from gateway.outbound.sender import send_batch
from gateway.outbound.surge_alerts import send_surge_alerts
from gateway.runtime.deployment import Deployment, read_pack
from gateway.runtime.model_store import read_triage, stamp
from gateway.runtime.wake_worker import enqueue_drain
from gateway.sms.inbound import take_incomplete
from gateway.sms.unfinished_reports import ask_about_drafts
from gateway.ussd.progress import write_waiting_progress
from gateway.worker.clock_guard import ClockGuard
from gateway.worker.triage import BATCH as READING_BATCH
from gateway.worker.triage import read_batch
from storage.committees.carried_over import carry_over, late_items
from storage.committees.committees import next_meeting
from storage.committees.competence import closed_with_items, collect_strays
from storage.data_protection.database_checks import WELL, check_row
from storage.enumerations import Work
from storage.messages.outbox import Claim, ClaimLost, claim_work, count_waiting, is_waiting, mend_clock, next_due
from storage.safety.wrong_references import drop_old_wrong
from storage.sessions.filed import drop_old_filed
from storage.sessions.in_database import drop_old_sessions
from storage.write_queue import Turn

SOON = timedelta(minutes=10)
"""What is due later is found by the sweep early enough."""
LONGEST_RUN = 60.0
"""Seconds after which a drain hands over to a new job, well inside RQ's time limit for one."""

LONGEST_LOOK = 5.0
"""Seconds that the worker's own look drains at most before it looks whether it is to end."""

log = logging.getLogger(__name__)
_making, _draining = threading.Lock(), threading.Lock()
_mine: dict[int, tuple[Deployment, ProviderRouting, int]] = {}
_loaded: tuple[Pack, Triage] | None = None
_clock_guard = ClockGuard()


def drain() -> None:
    """Does all that waits, in batches, until nothing is left.

    First it takes the wake-up away and then it claims, in this order: see `gateway.runtime.wake_worker`.
    """
    deployment, routing = worker_parts()
    deployment.wake_worker.taken_up()
    with _draining:
        done = drain_all(deployment, routing, time.monotonic() + LONGEST_RUN)
    if done:
        _come_back(deployment)
    else:
        deployment.wake_worker()


def _come_back(deployment: Deployment) -> None:
    """Asks for the next drain when its first row is due: a second try after ten seconds is not left to the sweep."""
    with deployment.database.read() as transaction:
        now = deployment.now()
        due = next_due(transaction, now)
    if due and due - now < SOON:
        deployment.wake_worker.later((due - now).total_seconds())


def look() -> None:
    """Drains what waits if no job does, without asking Redis: it may be gone, hang or have lost the wake-up.

    First it writes how far USSD sessions have come, if Redis is there to tell.
    """
    write_waiting_progress(worker_parts()[0])
    if not _draining.acquire(blocking=False):
        return
    try:
        deployment, routing = worker_parts()
        with deployment.database.read() as transaction:
            waiting = is_waiting(transaction, deployment.now())
        if waiting:
            drain_all(deployment, routing, time.monotonic() + LONGEST_LOOK)
    finally:
        _draining.release()


def sweep() -> None:
    """Every minute: what is due by the hour, and whatever a lost wake-up, a dead worker or an empty Redis left
    lying."""
    deployment, routing = worker_parts()
    sweep_all(deployment, routing, clock_is_trusted(deployment))


def clock_is_trusted(deployment: Deployment) -> bool:
    """Whether what is due by the hour may be done now: a clock that jumped a day ahead may be back in a minute."""
    if _clock_guard.is_steady(deployment.now()):
        return True
    log.warning("the clock has jumped: what is due by the hour waits for a while")
    return False


def sweep_all(deployment: Deployment, routing: ProviderRouting, by_the_hour: bool = True) -> None:
    """One of these that fails holds up none of the others; the first error is raised when all have had their turn."""
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


def _drop_old_sessions(deployment: Deployment) -> None:
    with deployment.database.write() as transaction:
        drop_old_sessions(transaction, deployment.now())
        drop_old_filed(transaction, deployment.now())
        drop_old_wrong(transaction, deployment.now())
        drop_old_steps(transaction, deployment.now())


def _check_row(deployment: Deployment) -> None:
    if (found := check_row(deployment.database, deployment.now())) != WELL:
        log.error("the database: %s", found)


def _ask_for_what_waits(deployment: Deployment) -> None:
    with deployment.database.write() as transaction:
        if mended := mend_clock(transaction, deployment.now()):
            log.warning("the clock was ahead: %s rows of work wait no longer than was meant", mended)
        waiting = count_waiting(transaction, deployment.now())
    if waiting:
        enqueue_drain(deployment.redis)


def send_digests() -> None:
    """Every few minutes: the digests that are due, sudden rises, and the open items of past meetings to the next."""
    deployment, _ = worker_parts()
    if not clock_is_trusted(deployment):
        return
    _move_items(deployment)
    if send_surge_alerts(deployment) + send_due_digests(deployment):
        deployment.wake_worker()


def _move_items(deployment: Deployment) -> None:
    """Opens no transaction for writing if there is nothing to move."""
    now = deployment.now()
    with deployment.database.read() as transaction:
        if not closed_with_items(transaction) and not late_items(transaction, now):
            return
    with deployment.database.write() as transaction:
        collect_strays(transaction, deployment.pack, now)
        carry_over(transaction, lambda committee: next_meeting(transaction, deployment.pack, committee, now), now)


def drain_all(deployment: Deployment, routing: ProviderRouting, until: float) -> bool:
    """Concerns before messages, so that an emergency is read before yesterday's answers go out.

    Says whether everything was done; false when the time (`time.monotonic`) ran out first.
    """
    kinds: list[tuple[Work, int, Callable[[Claim], None]]] = [
        (Work.TRIAGE, READING_BATCH, lambda claim: read_batch(deployment, claim)),
        (Work.SEND, SENDING_BATCH, lambda claim: send_batch(deployment, routing, claim)),
    ]
    while time.monotonic() < until:
        for work, most, do in kinds:
            with deployment.database.write() as transaction:
                claim = claim_work(transaction, work, deployment.now(), most)
            if claim.subjects:
                # A lease that ran out under us: whoever has the rows now does them.
                with contextlib.suppress(ClaimLost):
                    do(claim)
                break
        else:
            return True
    return False


def load(settings: Settings) -> None:
    """Reads the pack for this process's jobs."""
    global _loaded
    _loaded = read_pack(settings)


def worker_parts() -> tuple[Deployment, ProviderRouting]:
    """This process's own, kept from job to job; database connections must not cross a fork of `rq worker-pool`."""
    with _making:
        return _parts(os.getpid())


def _parts(pid: int) -> tuple[Deployment, ProviderRouting]:
    if pid not in _mine:
        settings = load_settings()
        deployment = Deployment.open(settings, loaded=_loaded, turn=Turn.CHORE)
        _mine[pid] = deployment, provider_routing(settings), stamp(settings)
    deployment, routing, read_at = _mine[pid]
    if (now := stamp(deployment.settings)) != read_at:
        triage = read_triage(deployment.pack, deployment.settings)
        deployment = replace(deployment, triage=triage)
        _mine[pid] = deployment, routing, now
        log.info("model %s is in use", triage.model.version)
    return deployment, routing
