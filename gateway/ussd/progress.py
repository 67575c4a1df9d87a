"""Stores the progress of USSD sessions in the database: after their answers, many at once."""

from __future__ import annotations

import logging
from functools import partial

from redis.exceptions import RedisError

from gateway.runtime.deployment import Deployment
from storage.sessions.progress import drop_written, write_progress

GROUP = 50
"""Entries that are read at once; they are written in several transactions, so that none is long."""
MOST_GROUPS = 100

log = logging.getLogger(__name__)


def write_waiting_progress(deployment: Deployment) -> int:
    """Stores the progress that waits in Redis; returns how many sessions. The worker calls it every few seconds."""
    written = 0
    try:
        for _ in range(MOST_GROUPS):
            waiting = deployment.sessions.progress.waiting(GROUP)
            written += len(waiting)
            _write(deployment, waiting)
            if len(waiting) < GROUP:
                break
    except RedisError as error:
        log.info("sessions' progress waits for Redis (%s)", type(error).__name__)
    return written


def _write(deployment: Deployment, waiting: dict[bytes, bytes]) -> None:
    store = deployment.sessions.progress
    opened = {name: progress for name, sealed in waiting.items() if (progress := store.opened(sealed))}
    deployment.database.write_slices(
        opened.values(), lambda transaction: partial(write_progress, transaction, deployment.vault)
    )
    dropped = [opened[name] for name in store.done(waiting) if name in opened] if waiting else []
    if dropped:
        with deployment.database.write() as transaction:
            drop_written(transaction, deployment.vault, dropped)
